//! Pets: create, get, list.
