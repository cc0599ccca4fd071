//! The client itself: no redirects, no endless answers, no proxy by accident, and TLS only to whom is trusted.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use akashi_app::anchor::{Reply, Transport as _, Unreachable};
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Authority, Key};
use akashi_web::outbound::{Http, HttpOptions};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Answers so many connections, each with what `answer` writes.
fn server(count: usize, answer: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().take(count).for_each(|stream| answer(stream.unwrap())));
    address
}

/// Reads a request to the end of its body, which is `ping`.
fn read(stream: &mut impl std::io::Read) -> String {
    let (mut got, mut byte) = (Vec::new(), [0]);
    while !got.ends_with(b"ping") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        got.push(byte[0]);
    }
    String::from_utf8_lossy(&got).into_owned()
}

fn post(http: &Http, url: String) -> Result<Reply, Unreachable> {
    http.post(&url, "application/timestamp-query", b"ping")
}

#[test]
fn what_comes_back_is_given_as_it_is() {
    let at = server(1, |mut stream| {
        let asked = read(&mut stream).to_lowercase();
        assert!(asked.starts_with("post /tsa http/1.1") && asked.contains("content-type: application/timestamp-query"));
        stream
            .write_all(b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 2\r\n\r\n7\n")
            .unwrap();
    });
    let reply = post(&Http::new(&HttpOptions::default()).unwrap(), format!("http://{at}/tsa")).unwrap();
    assert_eq!((reply.status, reply.content_type.as_str(), &reply.body[..]), (409, "text/x.tlog.size", &b"7\n"[..]));
}

#[test]
fn redirects_are_not_followed_and_answers_end() {
    let http = Http::new(&HttpOptions::default()).unwrap();
    let elsewhere = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let target = elsewhere.local_addr().unwrap();
    let at = server(1, move |mut stream| {
        read(&mut stream);
        write!(stream, "HTTP/1.1 307 Go\r\nLocation: http://{target}/\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    assert_eq!(post(&http, format!("http://{at}/")).unwrap().status, 307);
    assert!(elsewhere.accept().is_err(), "nobody came");

    let at = server(1, move |mut stream| {
        let (mut got, mut byte) = (Vec::new(), [0]);
        while !got.ends_with(b"\r\n\r\n") && std::io::Read::read(&mut stream, &mut byte).is_ok_and(|n| n == 1) {
            got.push(byte[0]);
        }
        assert!(got.starts_with(b"GET /ca.crl HTTP/1.1"));
        write!(stream, "HTTP/1.1 302 Go\r\nLocation: http://{target}/\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    assert_eq!(http.get(&format!("http://{at}/ca.crl")).unwrap().status, 302);
    assert!(elsewhere.accept().is_err(), "a list is no reason to go elsewhere either");

    let at = server(1, |mut stream| {
        read(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap();
        // More than is read; the client hangs up in between.
        let megabyte = vec![b'x'; 1 << 20];
        while stream.write_all(&megabyte).is_ok() {}
    });
    assert!(post(&http, format!("http://{at}/")).is_err());
    let nobody = { TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap() };
    assert!(post(&http, format!("http://{nobody}/")).is_err());
}

#[test]
fn a_proxy_is_used_only_when_named() {
    let at = server(1, |mut stream| {
        assert!(read(&mut stream).starts_with("CONNECT tsa.example:80"));
    });
    let http = Http::new(&HttpOptions { proxy: Some(format!("http://{at}")), ..HttpOptions::default() }).unwrap();
    assert!(post(&http, "http://tsa.example/".into()).is_err(), "the proxy hung up");
    assert!(Http::new(&HttpOptions { proxy: Some("no proxy at all".into()), ..HttpOptions::default() }).is_err());
}

#[test]
fn tls_goes_to_whom_is_trusted() {
    let Some(ca) = super::made("tls_goes_to_whom_is_trusted", Authority::new("Hospital CA", Key::P256)) else { return };
    let names = "subjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\nextendedKeyUsage = serverAuth\n";
    let identity = ca.issue("tsa.hospital", Key::P256, names).unwrap();
    let chain = CertificateDer::pem_file_iter(&identity.certificate).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let at = server(2, move |stream| {
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        if read(&mut stream).contains("ping") {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong").unwrap();
            stream.flush().unwrap();
        }
    });
    let scratch = Scratch::new("tls");
    let file = scratch.file("ca.pem", ca.certificate_pem().unwrap());
    let stranger = Http::new(&HttpOptions::default()).unwrap();
    assert!(post(&stranger, format!("https://{at}/")).is_err(), "nobody vouches for that CA");
    let friend = Http::new(&HttpOptions { ca: Some(file), ..HttpOptions::default() }).unwrap();
    assert_eq!(post(&friend, format!("https://{at}/")).unwrap().body, b"pong");
    let empty = scratch.file("empty.pem", "nothing");
    assert!(Http::new(&HttpOptions { ca: Some(empty), ..HttpOptions::default() }).is_err());
    assert!(Http::new(&HttpOptions { ca: Some(scratch.path().join("none")), ..HttpOptions::default() }).is_err());
}
