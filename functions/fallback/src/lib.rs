//! Answers for unknown paths and wrong methods; the OpenAPI document.
