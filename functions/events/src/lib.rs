//! Stream to deliveries: settles callbacks and fans events out.
