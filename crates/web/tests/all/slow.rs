//! Clients that are slow, silent or many, over real sockets: they lose their connection, and nobody else theirs.

use std::net::SocketAddr;
use std::time::Duration;

use akashi_web::{Patience, serve_router};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::hospital::Hospital;

/// Runs out at once, for those who are to lose; whatever a test does not name is as patient as in a hospital.
const SHORT: Duration = Duration::from_millis(50);
const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: h\r\n\r\n";
/// A log-in whose body is longer than what comes of it.
const BEGUN: &str = "POST /login HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-www-form-urlencoded\r\n\
    content-length: 100\r\n\r\nlogin=a";

async fn send(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Everything that comes until the server closes the connection: it never ends where the server does not.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer).await {
        Ok(_) => {}
        Err(e) => assert_eq!(e.kind(), std::io::ErrorKind::ConnectionReset),
    }
    String::from_utf8(answer).unwrap()
}

/// One answer on a connection that stays open.
async fn healthy(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nok") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let house = Hospital::empty().await;
    let address = house.serve_with(Patience { head: SHORT, ..Patience::default() }).await;
    for begun in ["", "GET", "GET / HTTP/1.1\r\nhost: h\r\nx-more: "] {
        assert_eq!(until_closed(send(address, begun).await).await, "", "{begun}");
    }
    // Nor is a next request on a connection that was good.
    let mut stream = send(address, HEALTH).await;
    healthy(&mut stream).await;
    assert_eq!(until_closed(stream).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_stalls_or_trickles_is_not_waited_for() {
    let house = Hospital::empty().await;
    for patience in [
        Patience { stall: SHORT, ..Patience::default() },
        Patience { body: SHORT, stall: Duration::from_mins(10), ..Patience::default() },
    ] {
        let address = house.serve_with(patience).await;
        let answer = until_closed(send(address, BEGUN).await).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_too_large_is_refused() {
    let house = Hospital::empty().await;
    let address = house.serve_with(Patience::default()).await;
    let begun = format!("GET /health?{} HTTP/1.1\r\nhost: h\r\n", "a&".repeat(35_000));
    let answer = until_closed(send(address, &begun).await).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    healthy(&mut send(address, HEALTH).await).await;
}

/// All places are taken by clients that say nothing: whoever comes next waits until they are thrown out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_silent_do_not_keep_others_out() {
    let house = Hospital::empty().await;
    let address = house.serve_with(Patience { head: SHORT, connections: 2, ..Patience::default() }).await;
    let silent = [send(address, "").await, send(address, "GET /").await];
    healthy(&mut send(address, HEALTH).await).await;
    for stream in silent {
        assert_eq!(until_closed(stream).await, "");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_waits_for_nobody_in_particular() {
    let house = Hospital::empty().await;
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = oneshot::channel::<()>();
    let patience = Patience { end: SHORT, ..Patience::default() };
    let router = house.router.clone();
    let served = tokio::spawn(async move {
        serve_router(listener, router, patience, async {
            told.await.unwrap();
        })
        .await;
    });
    // It was taken, and has a request under way.
    let mut stream = send(address, HEALTH).await;
    healthy(&mut stream).await;
    stream.write_all(BEGUN.as_bytes()).await.unwrap();
    tell.send(()).unwrap();
    served.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
