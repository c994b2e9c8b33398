//! A small HTTP server for tests, which can do everything wrong that servers do. It serves one file under any path.

#![allow(dead_code, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request, as it came.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Its number, from 0.
    pub number: usize,
    pub path: String,
    /// Inside the file.
    pub range: Option<Range<usize>>,
    pub authorization: Option<String>,
}

/// What is done with a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// As it should be.
    Serve,
    /// With another ETag.
    ServeAs(&'static str),
    /// Another file.
    ServeOther(Arc<Vec<u8>>),
    /// The whole file, whatever was asked for.
    Whole,
    /// The connection ends after some bytes of the body.
    Cut(usize),
    /// The same of the whole file, whatever was asked for.
    CutWhole(usize),
    /// The body comes in two halves with a pause between.
    Slow(Duration),
    /// An answer without a body, after these lines.
    Status(&'static str, Vec<String>),
    /// Bytes other than those asked for, and says so.
    Shifted,
    /// Says that it sends fewer bytes than it does.
    Short,
    /// No answer, and the connection ends.
    Close,
    /// No answer for a second.
    Silent,
}

/// A server on this machine, until it is dropped or stopped.
pub struct Server {
    pub port: u16,
    pub log: Arc<Mutex<Vec<Asked>>>,
    stopped: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Server {
    pub fn start(file: Vec<u8>, behave: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Server {
        Server::at("127.0.0.1", file, behave)
    }

    pub fn at(address: &str, file: Vec<u8>, behave: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (file, behave) = (Arc::new(file), Arc::new(behave));
        let log: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (stopped, open): (Arc<AtomicBool>, Arc<Mutex<Vec<TcpStream>>>) = Default::default();
        let server = Server { port, log: log.clone(), stopped: stopped.clone(), open: open.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                if stopped.load(Ordering::Acquire) {
                    return;
                }
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let (file, behave, log, stopped) = (file.clone(), behave.clone(), log.clone(), stopped.clone());
                std::thread::spawn(move || {
                    let _ = connection(&stream, &file, behave.as_ref(), &log, &stopped);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        server
    }

    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// The server goes away: open connections end, new ones are refused.
    pub fn stop(&self) {
        if !self.stopped.swap(true, Ordering::AcqRel) {
            let _ = TcpStream::connect(("127.0.0.1", self.port));
            for stream in self.open.lock().unwrap().drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn connection(
    mut stream: &TcpStream,
    file: &[u8],
    behave: &dyn Fn(&Asked) -> Act,
    log: &Mutex<Vec<Asked>>,
    stopped: &AtomicBool,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    loop {
        let mut asked = Asked::default();
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || stopped.load(Ordering::Acquire) {
            return Ok(());
        }
        asked.path = line.split(' ').nth(1).unwrap_or_default().to_string();
        loop {
            let mut line = String::new();
            lines.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "range" => asked.range = range(value.trim(), file.len()),
                "authorization" => asked.authorization = Some(value.trim().to_string()),
                _ => {}
            }
        }
        {
            let mut log = log.lock().unwrap();
            asked.number = log.len();
            log.push(asked.clone());
        }
        let act = behave(&asked);
        if stopped.load(Ordering::Acquire) {
            return Ok(());
        }
        let (file, act) = match &act {
            Act::ServeOther(other) => (other.as_slice(), Act::Serve),
            _ => (file, act),
        };
        let size = file.len();
        let range = asked.range.clone().map_or(0..size, |r| r.start.min(size)..r.end.min(size));
        let (range, partial) = match act {
            Act::Whole | Act::CutWhole(_) => (0..size, false),
            Act::Shifted => (range.start + 1..(range.end + 1).min(size), true),
            _ => (range, asked.range.is_some()),
        };
        let body = &file[range.clone()];
        let etag = if let Act::ServeAs(etag) = act { etag } else { "first" };
        let announced = if let Act::Short = act { body.len().saturating_sub(1) } else { body.len() };
        let mut head = match partial {
            true => format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {}-{}/{size}\r\n",
                range.start,
                range.end.saturating_sub(1)
            ),
            false => "HTTP/1.1 200 OK\r\n".to_string(),
        };
        head.push_str(&format!("ETag: \"{etag}\"\r\nContent-Length: {announced}\r\n\r\n"));
        match act {
            Act::Close => return Ok(()),
            Act::Silent => {
                std::thread::sleep(Duration::from_secs(1));
                return Ok(());
            }
            Act::Status(status, more) => {
                let more: String = more.iter().map(|line| format!("{line}\r\n")).collect();
                stream.write_all(format!("HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\n\r\n").as_bytes())?;
            }
            Act::Cut(after) | Act::CutWhole(after) => {
                stream.write_all(head.as_bytes())?;
                stream.write_all(&body[..after.min(body.len().saturating_sub(1))])?;
                return Ok(());
            }
            Act::Slow(pause) => {
                stream.write_all(head.as_bytes())?;
                let (first, second) = body.split_at(body.len() / 2);
                stream.write_all(first)?;
                std::thread::sleep(pause);
                stream.write_all(second)?;
            }
            _ => {
                stream.write_all(head.as_bytes())?;
                stream.write_all(body)?;
            }
        }
    }
}

fn range(text: &str, size: usize) -> Option<Range<usize>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse::<usize>().ok()?;
    Some(first.min(size)..last.parse::<usize>().ok()?.saturating_add(1).min(size))
}
