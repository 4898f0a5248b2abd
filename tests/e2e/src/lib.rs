//! Stories through the public API of the whole system in process.
