//! Orders: create, get, list, cancel, ship, deliver, timeline.
