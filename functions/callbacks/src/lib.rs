//! Callbacks: POST /orders/{id} and its polling resource.
