//! What a client says of a user, checked member by member, all breaches at once.

use domain::user::{Email, Preferences, Profile, Username};
use domain::{Error, FieldError, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

const NAME_CHARS_MAX: usize = 50;
const PASSWORD_CHARS_MIN: usize = 8;
const PASSWORD_CHARS_MAX: usize = 128;
/// E.164.
const PHONE_DIGITS_MAX: usize = 15;

/// The body of a registration or a change; members that the server sets are read and ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UserBody {
    username: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default, deserialize_with = "web::sent")]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "web::sent")]
    preferences: Option<Option<Preferences>>,
    password: Option<String>,
    current_password: Option<String>,
    invitation: Option<String>,
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "createdAt")]
    _created_at: Option<IgnoredAny>,
    #[serde(default, rename = "updatedAt")]
    _updated_at: Option<IgnoredAny>,
    #[serde(default, rename = "tenantId")]
    _tenant_id: Option<IgnoredAny>,
}

/// A registration, each member valid.
pub(crate) struct NewUser {
    pub(crate) profile: Profile,
    pub(crate) password: Zeroizing<String>,
    pub(crate) invitation: Option<String>,
}

/// A change, each member sent and valid.
pub(crate) struct Change {
    pub(crate) profile: Profile,
    pub(crate) password: Option<NewPassword>,
}

/// A new password, and the one that it replaces.
pub(crate) struct NewPassword {
    pub(crate) current: Zeroizing<String>,
    pub(crate) new: Zeroizing<String>,
}

impl UserBody {
    /// Somebody new, or everything that is wrong.
    pub(crate) fn into_new(self) -> Result<NewUser> {
        let mut e = Breaches::default();
        let username = e.required("username", self.username).and_then(|text| e.username(&text));
        let email = e.required("email", self.email).and_then(|text| e.email(&text));
        let first_name = e.required("firstName", self.first_name).and_then(|text| e.name("firstName", text));
        let last_name = e.required("lastName", self.last_name).and_then(|text| e.name("lastName", text));
        let phone = self.phone.flatten().and_then(|text| e.phone(text));
        let password = e.required("password", self.password).and_then(|text| e.password(text));
        if self.current_password.is_some() {
            e.add("currentPassword", "unknown_field", "Is not a member of this object.");
        }
        match (username, email, first_name, last_name, password) {
            (Some(username), Some(email), Some(first_name), Some(last_name), Some(password))
                if e.0.is_empty() =>
            {
                let preferences = self.preferences.flatten();
                let profile = Profile { username, email, first_name, last_name, phone, preferences };
                Ok(NewUser { profile, password, invitation: self.invitation })
            }
            _ => Err(Error::Invalid(e.0)),
        }
    }

    /// `profile` with the members that were sent, or everything that is wrong with them.
    pub(crate) fn into_change(self, profile: &Profile) -> Result<Change> {
        let mut e = Breaches::default();
        let sent = Profile {
            username: self
                .username
                .and_then(|text| e.username(&text))
                .unwrap_or_else(|| profile.username.clone()),
            email: self.email.and_then(|text| e.email(&text)).unwrap_or_else(|| profile.email.clone()),
            first_name: self
                .first_name
                .and_then(|text| e.name("firstName", text))
                .unwrap_or_else(|| profile.first_name.clone()),
            last_name: self
                .last_name
                .and_then(|text| e.name("lastName", text))
                .unwrap_or_else(|| profile.last_name.clone()),
            phone: match self.phone {
                Some(phone) => phone.and_then(|text| e.phone(text)),
                None => profile.phone.clone(),
            },
            preferences: self.preferences.unwrap_or(profile.preferences),
        };
        let password = e.new_password(self.password, self.current_password);
        if self.invitation.is_some() {
            e.add("invitation", "unknown_field", "Is not a member of this object.");
        }
        if e.0.is_empty() { Ok(Change { profile: sent, password }) } else { Err(Error::Invalid(e.0)) }
    }
}

#[derive(Default)]
struct Breaches(Vec<FieldError>);

impl Breaches {
    fn add(&mut self, field: &str, code: &'static str, message: &str) {
        self.0.push(FieldError::new(field, code, message));
    }

    fn required(&mut self, field: &str, value: Option<String>) -> Option<String> {
        if value.is_none() {
            self.add(field, "required_field", "Is required.");
        }
        value
    }

    fn username(&mut self, text: &str) -> Option<Username> {
        let username = Username::parse(text);
        if username.is_none() {
            let message = "Must be 3 to 50 letters of a to z, digits or ._@+-, the first a letter or digit.";
            self.add("username", "invalid_format", message);
        }
        username
    }

    fn email(&mut self, text: &str) -> Option<Email> {
        let email = Email::parse(text);
        if email.is_none() {
            self.add("email", "invalid_format", "Must be an e-mail address.");
        }
        email
    }

    fn name(&mut self, field: &str, text: String) -> Option<String> {
        let is_fit = (1..=NAME_CHARS_MAX).contains(&text.chars().count())
            && !text.trim().is_empty()
            && !text.contains(char::is_control);
        if !is_fit {
            self.add(
                field,
                "invalid_format",
                "Must be 1 to 50 characters, none of them a control character.",
            );
        }
        is_fit.then_some(text)
    }

    fn phone(&mut self, text: String) -> Option<String> {
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let is_fit = (2..=PHONE_DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if !is_fit {
            self.add("phone", "invalid_format", "Must be 2 to 15 digits, after a + or not, the first no 0.");
        }
        is_fit.then_some(text)
    }

    fn password(&mut self, text: String) -> Option<Zeroizing<String>> {
        let text = Zeroizing::new(text);
        let is_fit = (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&text.chars().count());
        if !is_fit {
            self.add("password", "invalid_length", "Must have 8 to 128 characters.");
        }
        is_fit.then_some(text)
    }

    /// A stolen token must not be enough to take an account over.
    fn new_password(&mut self, new: Option<String>, current: Option<String>) -> Option<NewPassword> {
        let new = new.and_then(|text| self.password(text))?;
        let current = self.required("currentPassword", current)?;
        Some(NewPassword { current: Zeroizing::new(current), new })
    }
}
