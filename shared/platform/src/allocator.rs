//! The allocator of every binary. A call of the AWS SDK makes and drops hundreds of small values, and mimalloc takes less
//! time for them than the C library's (docs/adr/0027).

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
