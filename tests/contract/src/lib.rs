//! template.yaml, openapi.yaml and the code agree.
