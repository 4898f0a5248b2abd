//! The API over real sockets.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use lambda_http::{Body, RequestExt, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use web::Payload;

use super::*;
use crate::function::HttpFunction;
use crate::gateway::HttpFunctions;
use crate::template::Template;
use crate::waker::Waker;

const TEMPLATE: &str = r#"
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/echo/
      Timeout: 1
      Events:
        Any: {Type: HttpApi, Properties: {Method: ANY, Path: '/echo/{id}'}}
        Panic: {Type: HttpApi, Properties: {Method: GET, Path: /panic}}
        Hang: {Type: HttpApi, Properties: {Method: GET, Path: /hang}}
        Slow: {Type: HttpApi, Properties: {Method: POST, Path: /slow}}
  Fallback:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/fallback/
      Events: {Default: {Type: HttpApi, Properties: {Method: ANY, Path: $default}}}
"#;

struct Api {
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<()>,
    /// Told when the slow route has begun, and when it is done.
    slow: mpsc::UnboundedReceiver<&'static str>,
}

fn echo(told: mpsc::UnboundedSender<&'static str>) -> HttpFunction {
    Arc::new(move |request| {
        let told = told.clone();
        async move {
            match request.raw_http_path() {
                "/panic" => panic!("boom"),
                "/hang" => std::future::pending().await,
                "/slow" => {
                    told.send("begun").unwrap();
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    told.send("done").unwrap();
                }
                _ => {}
            }
            let body = format!("{} {} {}", request.method(), request.raw_http_path(), request.body().len());
            let response = Response::builder().header("x-twice", "one").header("x-twice", "two");
            response
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2")
                .body(Payload::Whole(Body::from(body)))
                .unwrap()
        }
        .boxed()
    })
}

async fn start() -> Api {
    let (told, slow) = mpsc::unbounded_channel();
    let fallback: HttpFunction = Arc::new(|_| {
        async { Response::builder().status(404).body(Payload::Whole(Body::from("nowhere"))).unwrap() }.boxed()
    });
    let functions = HttpFunctions::from([("echo".to_owned(), echo(told)), ("fallback".to_owned(), fallback)]);
    let gateway = Gateway::new(&Template::parse(TEMPLATE).unwrap(), &functions, Waker::default()).unwrap();
    let socket = ApiSocket::bind(0).unwrap();
    let (address, stop) = (socket.address(), CancellationToken::new());
    let running = tokio::spawn(socket.serve(gateway, stop.clone()));
    Api { address, stop, running, slow }
}

impl Api {
    /// Sends text as it is and reads until the server closes.
    async fn send(&self, text: &str) -> String {
        self.send_bytes(text.as_bytes()).await
    }

    async fn send_bytes(&self, bytes: &[u8]) -> String {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        // The server may answer, and close, before it has read all.
        if let Err(error) = socket.write_all(bytes).await {
            assert!(matches!(
                error.kind(),
                std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset
            ));
        }
        let mut answer = Vec::new();
        while let Ok(1..) = socket.read_buf(&mut answer).await {}
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await
    }
}

#[tokio::test]
async fn requests_reach_the_function_of_their_route_and_answers_the_client() {
    let api = start().await;
    let answer = api
        .send("QUERY /echo/a%20b HTTP/1.1\r\nhost: localhost:1\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("QUERY /echo/a b 2"), "{answer}");
    assert!(answer.contains("x-twice: one\r\n") && !answer.contains("x-twice: two"), "{answer}");
    assert!(answer.contains("set-cookie: a=1\r\n") && answer.contains("set-cookie: b=2\r\n"), "{answer}");
    assert!(answer.contains("apigw-requestid: "), "{answer}");
    let elsewhere = api.get("/elsewhere").await;
    assert!(elsewhere.starts_with("HTTP/1.1 404") && elsewhere.ends_with("nowhere"), "{elsewhere}");
}

#[tokio::test]
async fn strangers_are_refused() {
    let api = start().await;
    let rebound = api.send("GET /echo/1 HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n").await;
    assert!(rebound.starts_with("HTTP/1.1 403") && rebound.contains("application/problem+json"), "{rebound}");
    let foreign = "POST /echo/1 HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\nconnection: close\r\n\r\n";
    assert!(api.send(foreign).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn the_gateways_limits_hold() {
    let api = start().await;
    let head = |value: usize| {
        let value = "x".repeat(value);
        format!("GET /echo/1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-long: {value}\r\n\r\n")
    };
    assert!(api.send(&head(10_000)).await.starts_with("HTTP/1.1 200"));
    let long = api.send(&head(10_300)).await;
    assert!(long.starts_with("HTTP/1.1 431") && long.contains("Request Header Fields Too Large"), "{long}");

    for (bytes, status) in [(6 * 1024 * 1024, 200), (7 * 1024 * 1024, 413), (11 * 1024 * 1024, 413)] {
        let head = "POST /echo/1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ";
        let mut request = format!("{head}{bytes}\r\n\r\n").into_bytes();
        request.resize(request.len() + bytes, b'x');
        let answer = api.send_bytes(&request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{bytes}: {answer}");
    }
}

#[tokio::test]
async fn a_function_that_panics_or_hangs_is_an_internal_error_and_no_more() {
    let api = start().await;
    for path in ["/panic", "/hang"] {
        let answer = api.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        assert!(answer.ends_with(r#"{"message":"Internal Server Error"}"#), "{answer}");
    }
    assert!(api.get("/echo/1").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_invocation_goes_on_when_its_client_hangs_up() {
    let mut api = start().await;
    let mut socket = TcpStream::connect(api.address).await.unwrap();
    socket.write_all(b"POST /slow HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    assert_eq!(api.slow.recv().await, Some("begun"));
    drop(socket);
    assert_eq!(api.slow.recv().await, Some("done"));
}

#[tokio::test]
async fn stopping_lets_a_request_finish_and_closes_idle_connections() {
    let mut api = start().await;
    let mut idle = TcpStream::connect(api.address).await.unwrap();
    let address = api.address;
    let request = "POST /slow HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(api.slow.recv().await, Some("begun"));
    api.stop.cancel();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(idle.read(&mut [0; 16]).await.unwrap_or(0), 0);
    api.running.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_one_clear_line() {
    let taken = ApiSocket::bind(0).unwrap();
    let error = ApiSocket::bind(taken.address().port()).unwrap_err().to_string();
    let port = taken.address().port();
    assert_eq!(error, format!("cannot listen on port {port}: it is taken; choose another with --port"));
}

#[tokio::test]
async fn writes_wake_the_stream_poller_and_reads_do_not() {
    let woken = Arc::new(AtomicUsize::new(0));
    let waker = Waker::default();
    let mut listener = waker.listener();
    let answer: HttpFunction = Arc::new(|_| async { Response::new(Payload::Whole(Body::Empty)) }.boxed());
    let functions =
        HttpFunctions::from([("echo".to_owned(), answer.clone()), ("fallback".to_owned(), answer)]);
    let gateway = Gateway::new(&Template::parse(TEMPLATE).unwrap(), &functions, waker.clone()).unwrap();
    for (method, expected) in [("GET", 0), ("HEAD", 0), ("POST", 1), ("DELETE", 2)] {
        let (parts, ()) = Request::builder().method(method).uri("/echo/1").body(()).unwrap().into_parts();
        gateway.answer(parts, Bytes::new(), IpAddr::from([127, 0, 0, 1])).await;
        if listener.is_woken().await {
            woken.fetch_add(1, Ordering::SeqCst);
        }
        assert_eq!(woken.load(Ordering::SeqCst), expected, "{method}");
    }
}
