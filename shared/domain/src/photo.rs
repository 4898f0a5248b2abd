//! Photos of pets: how one is named, where it is found, and how a pet comes to have it.
//!
//! A pet's photos are addresses. Some are of other sites; those under `/v1/photos/` of ours are images that this system
//! keeps, and the address says all of where: pool, pet, name.

use std::fmt;

use url::{Host, Url};

use crate::error::{Error, Result};
use crate::event::fresh_version;
use crate::id::PetId;
use crate::pet::Pet;
use crate::tenant::Scope;
use crate::time::Timestamp;

/// Photos that a pet may have, those of other sites included.
pub const PHOTOS_MAX: usize = 20;
/// Where photos of ours are served, after the API's own address.
pub const PHOTOS_PATH: &str = "/v1/photos/";

/// Characters that an address may have.
const URL_CHARS_MAX: usize = 2_048;

/// Whether a pet may name this address: a URL of https at a host, or what the local stack calls a photo of its own. It is
/// written as a URL parser would write it, so that nobody reads it in two ways, and says no user or password.
#[must_use]
pub fn may_be_named(text: &str) -> bool {
    let Some(url) = Url::parse(text).ok().filter(|url| url.as_str() == text) else { return false };
    let is_fit = match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host_str() == Some("localhost") && url.port().is_some() && Photo::at(text).is_some(),
        _ => false,
    };
    let is_bare = url.username().is_empty() && url.password().is_none();
    text.len() <= URL_CHARS_MAX && is_fit && is_bare && has_parts_of_a_uri(&url)
}

/// Whether host, path, query and fragment have only characters that URIs have there (RFC 3986 section 3): a URL parser
/// leaves some others as they are.
fn has_parts_of_a_uri(url: &Url) -> bool {
    let host = match url.host() {
        Some(Host::Domain(name)) => name,
        _ => "",
    };
    let parts = [host, url.path(), url.query().unwrap_or_default(), url.fragment().unwrap_or_default()];
    parts.into_iter().all(|part| part.bytes().all(is_of_a_uri) && has_whole_escapes(part))
}

/// An unreserved character, a sub-delimiter, or what paths, queries, fragments and escapes have beside them.
const fn is_of_a_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'
                ..=b',' | b';' | b'=' | b':' | b'@' | b'/' | b'?' | b'%'
        )
}

fn has_whole_escapes(part: &str) -> bool {
    let is_escape = |rest: &str| {
        rest.as_bytes().first_chunk::<2>().is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    part.split('%').skip(1).all(is_escape)
}

/// The first half is of the bytes, the second of chance; each is 16 hexadecimal digits.
const HALF: usize = 16;

/// A photo's name. Its first half says what is in it, so that the same image is not kept twice; its second half is
/// chance, so that a name that was let go never comes back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhotoName(String);

impl PhotoName {
    /// A fresh name of bytes with this SHA-256.
    #[must_use]
    pub fn fresh(sha256: [u8; 32], chance: [u8; 8]) -> Self {
        Self(format!("{}-{}", half(&sha256), hex::encode(chance)))
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_half = |half: &str| {
            half.len() == HALF && half.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        };
        let (bytes, chance) = text.split_once('-')?;
        (is_half(bytes) && is_half(chance)).then(|| Self(text.to_owned()))
    }

    /// Whether it names bytes with this SHA-256.
    #[must_use]
    pub fn is_of(&self, sha256: [u8; 32]) -> bool {
        self.0.starts_with(&half(&sha256))
    }
}

fn half(sha256: &[u8; 32]) -> String {
    hex::encode(&sha256[..HALF / 2])
}

impl fmt::Display for PhotoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A photo that this system keeps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Photo {
    /// The pool of its pet.
    pub scope: Scope,
    /// Its pet.
    pub pet: PetId,
    /// Its name.
    pub name: PhotoName,
}

impl Photo {
    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let scope = Scope::parse(parts.next()?)?;
        let (pet, name) = (PetId::parse(parts.next()?).ok()?, PhotoName::parse(parts.next()?)?);
        let photo = Self { scope, pet, name };
        // Ids are read in any case: only one spelling is the key.
        (parts.next().is_none() && photo.to_string() == text).then_some(photo)
    }

    /// The photo at an address of ours, under whatever name this API was reached when the address was made.
    #[must_use]
    pub fn at(url: &str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        Self::parse(rest.get(rest.find('/')?..)?.strip_prefix(PHOTOS_PATH)?)
    }

    /// Its path: `/v1/photos/<pool>/<pet>/<name>`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{PHOTOS_PATH}{self}")
    }
}

impl fmt::Display for Photo {
    /// `<pool>/<pet>/<name>`, its key in the bucket.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.scope, self.pet, self.name)
    }
}

impl Pet {
    /// The photos that this system keeps of the pet.
    pub fn own_photos(&self) -> impl Iterator<Item = Photo> {
        let is_own = |photo: &Photo| photo.scope == self.scope && photo.pet == self.id;
        self.profile.photos.iter().filter_map(|url| Photo::at(url)).filter(is_own)
    }

    /// Refuses to let the pet have one photo more than it may.
    ///
    /// # Errors
    /// [`Error::Conflict`] `pet_photos_full`.
    pub fn require_room(&self) -> Result<()> {
        if self.profile.photos.len() < PHOTOS_MAX {
            return Ok(());
        }
        let detail = format!("The pet has {PHOTOS_MAX} photos, as many as a pet may have.");
        Err(Error::conflict("pet_photos_full", detail))
    }

    /// The pet with a photo more, at `url`.
    ///
    /// # Errors
    /// As [`Pet::require_room`].
    pub fn with_photo(mut self, url: String, now: Timestamp) -> Result<Self> {
        self.require_room()?;
        self.profile.photos.push(url);
        let (version, updated_at) = fresh_version(self.version, self.updated_at, now);
        Ok(Self { version, updated_at, events: Vec::new(), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::{Photo, PhotoName, may_be_named};

    const PHOTO: &str = "shared/019b4132-70aa-764f-b315-e2803d882a24/0123456789abcdef-00000000000000ff";

    #[test]
    fn a_photo_is_found_at_its_address() {
        let photo = Photo::parse(PHOTO).unwrap();
        assert_eq!(photo.to_string(), PHOTO);
        for base in ["https://api.example.com", "http://localhost:3000"] {
            assert_eq!(Photo::at(&format!("{base}{}", photo.path())), Some(photo.clone()));
        }
    }

    #[test]
    fn everything_else_is_no_photo_of_ours() {
        for text in [
            "",
            "shared",
            "shared/019b4132-70aa-764f-b315-e2803d882a24",
            "shared/019B4132-70AA-764F-B315-E2803D882A24/0123456789abcdef-00000000000000ff",
            "shared/019b4132-70aa-764f-b315-e2803d882a24/0123456789ABCDEF-00000000000000ff",
            "shared/019b4132-70aa-764f-b315-e2803d882a24/0123456789abcdef00000000000000ff",
            "shared/019b4132-70aa-764f-b315-e2803d882a24/../0123456789abcdef-00000000000000ff",
            "/shared/019b4132-70aa-764f-b315-e2803d882a24/0123456789abcdef-00000000000000ff",
            "shared/019b4132-70aa-764f-b315-e2803d882a24/0123456789abcdef-00000000000000ff/",
        ] {
            assert_eq!(Photo::parse(text), None, "{text}");
            assert_eq!(Photo::at(&format!("https://api.example.com/v1/photos/{text}")), None, "{text}");
        }
        for url in ["", "https://api.example.com", "https://api.example.com/pets/max.jpg", PHOTO] {
            assert_eq!(Photo::at(url), None, "{url}");
        }
    }

    #[test]
    fn a_pet_names_https_alone_but_for_the_local_stacks_own_photos() {
        let local = format!("http://localhost:3000/v1/photos/{PHOTO}");
        for url in [
            "https://example.com/max.jpg",
            "https://example.com/",
            "https://example.com:8443/a%20b/m~x_('1').jpg?w=640&h=*!$;,+:@/#top",
            "https://[2001:db8::1]/max.jpg",
            "https://xn--bcher-kva.example/max.jpg",
            local.as_str(),
        ] {
            assert!(may_be_named(url), "{url}");
        }
        let (elsewhere, long) =
            (local.replace("localhost", "example.com"), format!("https://{}", "x".repeat(2_048)));
        let disguised = local.replace("localhost:3000", "localhost:x@evil.example");
        for url in [
            "",
            "max.jpg",
            "http://localhost:3000/max.jpg",
            "javascript:alert(1)",
            &elsewhere,
            &long,
            &disguised,
            "https://",
            "https:///max.jpg",
            "https://example.com",
            "HTTPS://example.com/",
            "https://EXAMPLE.com/",
            "https://example.com:443/",
            "https://example.com/a/../b",
            "https://example.com/a b.jpg",
            "https://example.com/ä.jpg",
            "https://example.com/max.jpg\n",
            " https://example.com/max.jpg",
            "https://exam\u{0}ple.com/",
            "https://user@example.com/max.jpg",
            "https://user:password@example.com/max.jpg",
            "https://example.com/100%.jpg",
            "https://example.com/[1].jpg",
            "https://example.com/?q=a|b",
            "https://example.com/?q={a}",
            "https://exa{m}ple.com/",
            "https://example.com/#a#b",
        ] {
            assert!(!may_be_named(url), "{url}");
        }
    }

    #[test]
    fn the_same_bytes_have_names_of_one_kind() {
        let name = |byte, chance| PhotoName::fresh([byte; 32], [chance; 8]);
        assert_ne!(name(1, 1), name(1, 2));
        assert!(name(1, 1).is_of([1; 32]) && name(1, 2).is_of([1; 32]) && !name(1, 1).is_of([2; 32]));
        assert_eq!(PhotoName::parse(&name(7, 9).to_string()), Some(name(7, 9)));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            drop((Photo::parse(&text), Photo::at(&text)));
        }
    }
}
