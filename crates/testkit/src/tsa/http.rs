//! The few lines of HTTP that a TSA speaks: one POST, one answer, connection closed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Mode, Responder};
use crate::Error;

/// A question is a few hundred bytes.
const MAX_QUESTION: u64 = 64 << 10;

/// A listening thread, or a place where one was.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    running: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Server {
    pub(super) fn start(responder: Arc<Responder>) -> Result<Self, Error> {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = listener.local_addr().map_err(Error::io("listen", "127.0.0.1"))?;
        Ok(Self { address, running: Some(spawn(listener, responder)) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port; returns when nobody listens any more.
    pub(super) fn stop(&mut self) {
        let Some((over, thread)) = self.running.take() else { return };
        over.store(true, Ordering::SeqCst);
        // Wakes the thread; when that fails, it is gone already.
        let _ = TcpStream::connect(self.address);
        let _ = thread.join();
    }

    /// Listens again at the same address, if it does not.
    pub(super) fn resume(&mut self, responder: &Arc<Responder>) -> Result<(), Error> {
        if self.running.is_none() {
            self.running = Some(spawn(listen(self.address)?, Arc::clone(responder)));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).map_err(Error::io("listen", address.to_string()))
}

fn spawn(listener: TcpListener, responder: Arc<Responder>) -> (Arc<AtomicBool>, JoinHandle<()>) {
    let over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&over);
    let thread = std::thread::spawn(move || {
        for stream in listener.incoming() {
            if flag.load(Ordering::SeqCst) {
                return;
            }
            // A client that goes away in the middle harms only itself.
            let _ = stream.and_then(|stream| answer(stream, &responder));
        }
    });
    (over, thread)
}

fn answer(mut stream: TcpStream, responder: &Responder) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (kind, question) = read_question(&stream)?;
    let (status, body) = match responder.mode() {
        _ if kind != "application/timestamp-query" => ("415 Unsupported Media Type", b"not a timestamp-query".to_vec()),
        Mode::Busy => ("503 Service Unavailable", b"busy".to_vec()),
        Mode::Garbage => ("200 OK", b"\x30\x80 this is no answer".to_vec()),
        _ => match responder.reply(&question) {
            Ok(token) => ("200 OK", token),
            Err(why) => ("500 Internal Server Error", why.to_string().into_bytes()),
        },
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

/// Content type and body of a POST.
fn read_question(stream: &TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream.take(MAX_QUESTION));
    let (mut kind, mut len, mut line) = (String::new(), 0_u64, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-type" => kind = value.trim().to_ascii_lowercase(),
            "content-length" => len = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = Vec::new();
    reader.take(len).read_to_end(&mut body)?;
    Ok((kind, body))
}
