//! Everything that is wrong with a body, not only what was met first.
//!
//! serde stops at the first member that it cannot read. So that member is noted and taken out, and the rest is read
//! again, until it can be: bodies have only optional members, whose use cases say which are missing. Then the use case
//! says what is wrong with the rest.

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::{Error, FieldError, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::said;
use crate::problem::BREACHES_SOUGHT;

/// A body without the members that could not be read.
struct Rest {
    value: Value,
    errors: Vec<FieldError>,
    /// Where nothing more can be told: what could not be read, or the array around it.
    untold: Vec<String>,
    /// The places of the elements that were taken out of an array, lowest first, by the array's path.
    gone: BTreeMap<String, Vec<usize>>,
}

/// All that is wrong with `body`, which is no `B`.
pub(super) fn breach<B: DeserializeOwned, T>(body: &[u8], parse: impl FnOnce(B) -> Result<T>) -> Error {
    let Ok(value) = serde_json::from_slice(body) else {
        return Error::malformed("the body is not valid JSON");
    };
    let mut rest = Rest { value, errors: Vec::new(), untold: Vec::new(), gone: BTreeMap::new() };
    if let Some(Err(Error::Invalid(errors))) = rest.read().map(parse) {
        let told = errors.into_iter().filter(|error| !rest.covers(&error.field)).collect::<Vec<_>>();
        rest.errors.extend(told);
    }
    Error::Invalid(rest.errors)
}

impl Rest {
    /// What can be read, when everything that cannot is taken out; `None` when it does not end well, or there is too much of it.
    fn read<B: DeserializeOwned>(&mut self) -> Option<B> {
        while self.errors.len() < BREACHES_SOUGHT {
            match serde_path_to_error::deserialize(&self.value) {
                Ok(body) => return Some(body),
                Err(error) => self.note(error.path(), &error.inner().to_string())?,
            }
        }
        None
    }

    /// Notes what serde says of the member at `path` and takes it out; `None` when it cannot be taken out.
    fn note(&mut self, path: &Path, message: &str) -> Option<()> {
        let (field, array) = self.sent(path);
        let error = said(&field, message);
        // A member that was taken out is not missing.
        if !self.errors.iter().any(|told| is_in(&told.field, &error.field)) {
            self.errors.push(error);
        }
        let steps: Vec<_> = path.iter().collect();
        let (last, above) = steps.split_last()?;
        let holder = above.iter().try_fold(&mut self.value, |value, step| match step {
            Segment::Map { key } => value.get_mut(key),
            Segment::Seq { index } => value.get_mut(*index),
            _ => None,
        })?;
        match (holder, last) {
            (Value::Object(members), Segment::Map { key }) => drop(members.remove(key)?),
            (Value::Array(elements), Segment::Seq { index }) if *index < elements.len() => {
                elements.remove(*index);
                let array = field.rsplit_once('[').map_or("", |(array, _)| array);
                let place = self.place(array, *index);
                let gone = self.gone.entry(array.to_owned()).or_default();
                gone.insert(gone.partition_point(|other| *other < place), place);
            }
            _ => return None,
        }
        self.untold.push(array.unwrap_or(field));
        Some(())
    }

    /// Where `path` is in the body as it was sent, and the outermost array that it goes through.
    fn sent(&self, path: &Path) -> (String, Option<String>) {
        let (mut field, mut array) = (String::new(), None);
        for step in path.iter() {
            match step {
                Segment::Map { key } if field.is_empty() => field.push_str(key),
                Segment::Map { key } => field.extend([".", key]),
                Segment::Seq { index } => {
                    array.get_or_insert_with(|| field.clone());
                    let place = self.place(&field, *index);
                    // Writing to a string cannot fail.
                    write!(field, "[{place}]").ok();
                }
                _ => field.push('?'),
            }
        }
        (field, array)
    }

    /// The place in an array as it was sent of what is now at `index`.
    fn place(&self, array: &str, index: usize) -> usize {
        let gone = self.gone.get(array).map_or(&[][..], Vec::as_slice);
        gone.iter().fold(index, |place, gone| place + usize::from(*gone <= place))
    }

    /// Whether what there is to say of `field` was said, or cannot be known.
    fn covers(&self, field: &str) -> bool {
        self.untold.iter().any(|untold| is_in(field, untold) || is_in(untold, field))
    }
}

/// Whether the member `inner` is `outer`, or in it.
fn is_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
