//! Real binaries under a small Lambda Runtime API.
