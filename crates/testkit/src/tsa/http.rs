//! The few lines of HTTP that a TSA and a CA speak: one question, one answer, connection closed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::Error;

/// A question is a few hundred bytes.
const MAX_QUESTION: u64 = 64 << 10;

/// A question as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// `GET` or `POST`.
    pub(super) method: String,
    pub(super) path: String,
    pub(super) kind: String,
    pub(super) body: Vec<u8>,
}

/// Status line, content type and body.
pub(super) type Said = (&'static str, &'static str, Vec<u8>);

/// Whoever answers.
pub(super) trait Answers: Send + Sync + std::fmt::Debug {
    fn answer(&self, asked: &Asked) -> Said;
}

/// A listening thread, or a place where one was.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    running: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Server {
    pub(super) fn start(answers: Arc<dyn Answers>) -> Result<Self, Error> {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = listener.local_addr().map_err(Error::io("listen", "127.0.0.1"))?;
        Ok(Self { address, running: Some(spawn(listener, answers)) })
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
    pub(super) fn resume(&mut self, answers: &Arc<dyn Answers>) -> Result<(), Error> {
        if self.running.is_none() {
            self.running = Some(spawn(listen(self.address)?, Arc::clone(answers)));
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

fn spawn(listener: TcpListener, answers: Arc<dyn Answers>) -> (Arc<AtomicBool>, JoinHandle<()>) {
    let over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&over);
    let thread = std::thread::spawn(move || {
        for stream in listener.incoming() {
            if flag.load(Ordering::SeqCst) {
                return;
            }
            // A client that goes away in the middle harms only itself.
            let _ = stream.and_then(|stream| answer(stream, &*answers));
        }
    });
    (over, thread)
}

fn answer(mut stream: TcpStream, answers: &dyn Answers) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (status, kind, body) = answers.answer(&read_question(&stream)?);
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

/// Reads a request to the end of its body.
fn read_question(stream: &TcpStream) -> std::io::Result<Asked> {
    let mut reader = BufReader::new(stream.take(MAX_QUESTION));
    let (mut asked, mut len, mut line) = (Asked::default(), 0_u64, String::new());
    reader.read_line(&mut line)?;
    let mut first = line.split_whitespace().map(str::to_owned);
    (asked.method, asked.path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-type" => asked.kind = value.trim().to_ascii_lowercase(),
            "content-length" => len = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    reader.take(len).read_to_end(&mut asked.body)?;
    Ok(asked)
}
