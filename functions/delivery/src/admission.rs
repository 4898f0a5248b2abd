//! What those who may hold a delivery back say of it.

use domain::Timestamp;

/// Whether a delivery may go on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission<T> {
    /// It may, with this.
    Passes(T),
    /// Not before then.
    Waits(Timestamp),
}
