//! Calls without the headers in which the SDK speaks of itself: what it is built of and runs on (`User-Agent`,
//! `x-amz-user-agent`), the number of the call and of its try (`amz-sdk-invocation-id`, `amz-sdk-request`). AWS makes
//! statistics of them, and nothing of ours reads them, but they are put together anew for each call.

use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, disable_interceptor, dyn_dispatch_hint};
use aws_smithy_types::config_bag::ConfigBag;

const WHY: &str = "nobody reads its header";

/// Switches the interceptors off that add those headers. Give it to a client's configuration.
#[derive(Debug)]
pub struct PlainCalls;

#[dyn_dispatch_hint]
impl Intercept for PlainCalls {
    fn name(&self) -> &'static str {
        "PlainCalls"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config
            .interceptor_state()
            .store_put(disable_interceptor::<UserAgentInterceptor>(WHY))
            .store_put(disable_interceptor::<InvocationIdInterceptor>(WHY))
            .store_put(disable_interceptor::<RequestInfoInterceptor>(WHY));
        Ok(())
    }
}
