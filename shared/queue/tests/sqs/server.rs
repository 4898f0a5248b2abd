//! HTTP servers on a free port of loopback, for as long as the test's runtime lives.

use std::convert::Infallible;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use platform::aws::AwsConfig;
use serde_json::Value;
use tokio::net::TcpListener;

/// Answers each SQS request's JSON with what `answer` makes of it.
pub(crate) async fn serve_json(answer: impl Fn(Value) -> Value + Clone + Send + 'static) -> AwsConfig {
    let respond = move |request: Request<Incoming>| {
        let answer = answer.clone();
        async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let text = answer(serde_json::from_slice(&body).unwrap()).to_string();
            let response = Response::builder().header("content-type", "application/x-amz-json-1.0");
            Ok::<_, Infallible>(response.body(Full::new(Bytes::from(text))).unwrap())
        }
    };
    let (listener, port) = listen().await;
    serve(listener, service_fn(respond));
    config(port)
}

pub(crate) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

pub(crate) fn config(port: u16) -> AwsConfig {
    AwsConfig::emulator(format!("http://127.0.0.1:{port}"))
}

pub(crate) fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: hyper::body::Body<Data: Send, Error: std::error::Error + Send + Sync> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            let connection = async move {
                // A client that hangs up is no failure of the test.
                auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(socket), service)
                    .await
                    .ok();
            };
            tokio::spawn(connection);
        }
    });
}
