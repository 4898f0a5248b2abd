//! Where a service is, found out once. The SDK evaluates a service's endpoint rules and parses the URL for each call,
//! though for tables and queues nothing of it changes while a process lives.

use std::sync::OnceLock;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::{
    EndpointFuture, EndpointResolverParams, ResolveEndpoint, SharedEndpointResolver,
};
use aws_smithy_types::endpoint::Endpoint;

/// Asks a service's own resolver at the first call and remembers what it says. Not for S3, whose endpoint names the
/// bucket.
#[derive(Debug)]
pub struct ResolveOnce {
    resolver: SharedEndpointResolver,
    known: OnceLock<Endpoint>,
}

impl ResolveOnce {
    /// In place of `resolver`, the service's default.
    #[must_use]
    pub const fn new(resolver: SharedEndpointResolver) -> Self {
        Self { resolver, known: OnceLock::new() }
    }
}

impl ResolveEndpoint for ResolveOnce {
    fn resolve_endpoint<'a>(&'a self, params: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        match self.known.get() {
            Some(endpoint) => EndpointFuture::ready(Ok(endpoint.clone())),
            None => EndpointFuture::new(async {
                let endpoint = self.resolver.resolve_endpoint(params).await?;
                Ok(self.known.get_or_init(|| endpoint).clone())
            }),
        }
    }

    fn finalize_params<'a>(&'a self, params: &'a mut EndpointResolverParams) -> Result<(), BoxError> {
        self.resolver.finalize_params(params)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl ResolveEndpoint for Counting {
        fn resolve_endpoint<'a>(&'a self, _: &'a EndpointResolverParams) -> EndpointFuture<'a> {
            let asked = self.0.fetch_add(1, Ordering::SeqCst);
            EndpointFuture::ready(match asked {
                0 => Err("no region yet".into()),
                number => Ok(Endpoint::builder().url(format!("https://{number}.example")).build()),
            })
        }
    }

    #[tokio::test]
    async fn what_was_found_is_kept_and_a_failure_is_not() {
        let once = ResolveOnce::new(SharedEndpointResolver::new(Counting::default()));
        let params = EndpointResolverParams::new(());
        assert!(once.resolve_endpoint(&params).await.is_err());
        for _ in 0..3 {
            assert_eq!(once.resolve_endpoint(&params).await.unwrap().url(), "https://1.example");
        }
    }
}
