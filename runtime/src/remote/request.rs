//! One request for a range of bytes (RFC 9110, section 14): what is sent, what an answer must say to be believed, and
//! what can be done when it does not.

use std::io::Read;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, StatusCode, header};
use ureq::{Agent, Body, BodyReader, Error};

use super::credentials::Token;
use super::traffic::Traffic;
use super::url::Url;

/// Redirects that are followed.
const REDIRECTS: usize = 8;
/// A server that is slower than this, in bytes per second, is as good as dead.
const SLOWEST: u64 = 20_000;
/// No server is waited for longer because it asks for it.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Why a request brought nothing, by what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It may work later; perhaps the server said when.
    Again(String, Option<Duration>),
    /// This copy cannot be read; another may.
    Gone(String),
    /// The file is another one now: what was read before is worth nothing.
    Changed(String),
}

/// Which version of a file an answer is of; unknown parts are equal to all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    etag: Option<String>,
    modified: Option<String>,
}

impl Version {
    fn of(headers: &HeaderMap) -> Version {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_string);
        Version { etag: text(header::ETAG), modified: text(header::LAST_MODIFIED) }
    }

    /// What differs from an earlier version, in words.
    #[must_use]
    pub fn differs(&self, before: &Version) -> Option<&'static str> {
        let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        match self {
            _ if differ(&self.etag, &before.etag) => Some("its ETag"),
            _ if differ(&self.modified, &before.modified) => Some("its date"),
            _ => None,
        }
    }
}

/// An answer whose headers are good.
pub struct Answer {
    /// The bytes that it has; the whole file if the server does not know ranges.
    pub range: Range<u64>,
    /// True if it is the whole file though a part was asked for.
    pub is_whole: bool,
    /// The size of the file; unknown only for a whole one.
    pub size: Option<u64>,
    /// The version of the file.
    pub version: Version,
    /// Where it came from in the end.
    pub from: Url,
    body: BodyReader<'static>,
    begun: Instant,
    timeout: Duration,
}

/// What asks.
#[derive(Debug)]
pub struct Client {
    /// Connections.
    pub agent: Agent,
    /// Who asks.
    pub token: Token,
    /// True if a certificate is shown to servers that ask for one.
    pub has_certificate: bool,
    /// A server that is silent for longer is given up.
    pub timeout: Duration,
    /// What all requests took.
    pub traffic: std::sync::Arc<Traffic>,
}

impl Client {
    /// Asks for bytes of a file, not empty. `named` is the URL that the user gave, `at` where it led before.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn ask(&self, named: &Url, at: &Url, range: &Range<u64>) -> Result<Answer, Fault> {
        let mut url = at.clone();
        for _ in 0..=REDIRECTS {
            let (response, sent) = self.send(named, &url, range)?;
            let (parts, body) = response.into_parts();
            let status = parts.status;
            if !status.is_redirection() {
                let refusal = || self.refusal(status, named, &url, sent);
                let mut answer = answer(status, &parts.headers, body, range, &url, refusal)?;
                answer.timeout = self.timeout;
                return Ok(answer);
            }
            let to = parts.headers.get(header::LOCATION).and_then(|l| l.to_str().ok());
            let Some(to) = to else {
                return Err(Fault::Gone(format!("{} sends elsewhere ({status}) without saying where", url.place())));
            };
            url = url.redirected(to).map_err(|e| Fault::Gone(format!("{} sends elsewhere: {e}", url.place())))?;
        }
        Err(Fault::Gone(format!("more than {REDIRECTS} redirections")))
    }

    /// Sends one request; with the answer, what was sent with it.
    fn send(&self, named: &Url, url: &Url, range: &Range<u64>) -> Result<(ureq::http::Response<Body>, Sent), Fault> {
        let last = range.end.saturating_sub(1);
        let mut request = self.agent.get(url.text()).header(header::RANGE, format!("bytes={}-{last}", range.start));
        let sent = match self.token.read().map_err(Fault::Gone)? {
            None => Sent::NoToken,
            Some(_) if url.is_open() => Sent::NotOpenly,
            Some(_) if !url.same_origin(named) => Sent::NotElsewhere,
            Some(token) => {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
                Sent::Token
            }
        };
        self.traffic.request();
        // The library panics on a certificate whose key is another's.
        let response = catch_unwind(AssertUnwindSafe(|| request.call()))
            .unwrap_or_else(|_| Err(Error::Tls("the certificate of this user and its key do not fit together")));
        response.map(|response| (response, sent)).map_err(|e| fault(&e, url))
    }

    /// Why a server refuses, with what it was shown.
    fn refusal(&self, status: StatusCode, named: &Url, url: &Url, sent: Sent) -> String {
        let certificate = if self.has_certificate { "" } else { ", and there is no certificate (X509_USER_PROXY)" };
        let shown = match sent {
            Sent::Token => format!("{:?} was shown", self.token),
            Sent::NotOpenly => "the token was not sent, because http without s can be read on the way".to_string(),
            Sent::NotElsewhere => format!("the token was not sent: it is for {}, which sends there", named.place()),
            Sent::NoToken => format!("no token was found (BEARER_TOKEN, BEARER_TOKEN_FILE){certificate}"),
        };
        format!("{} refuses access ({status}): {shown}", url.place())
    }
}

/// What went with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Token,
    NoToken,
    /// There is a token, and the connection is not encrypted.
    NotOpenly,
    /// There is a token, and this is another server than the user named.
    NotElsewhere,
}

/// Checks the head of an answer.
fn answer(
    status: StatusCode,
    headers: &HeaderMap,
    body: Body,
    asked: &Range<u64>,
    url: &Url,
    refusal: impl Fn() -> String,
) -> Result<Answer, Fault> {
    let from = url.place();
    let length = body.content_length();
    let version = Version::of(headers);
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(Fault::Gone(format!("{from} sends the file in another coding than it has")));
    }
    let good = |range: Range<u64>, is_whole: bool, size: Option<u64>, body: Body| {
        let (from, body) = (url.clone(), body.into_reader());
        let (begun, timeout) = (Instant::now(), Duration::ZERO);
        Ok(Answer { range, is_whole, size, version: version.clone(), from, body, begun, timeout })
    };
    let again = |reason: String| Err(Fault::Again(reason, None));
    match status.as_u16() {
        206 => {
            let text = headers.get(header::CONTENT_RANGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
            let Some((range, size)) = content_range(text) else {
                return again(format!("{from} does not say which bytes it sends ({text:?})"));
            };
            let expected = asked.start..asked.end.min(size);
            if range != expected {
                let (a, b) = (&range, &expected);
                return again(format!("{from} sends bytes {}-{} for {}-{}", a.start, a.end, b.start, b.end));
            }
            if length.is_some_and(|n| n != range.end - range.start) {
                let n = length.unwrap_or_default();
                return again(format!("{from} announces {n} bytes where it sends {}", range.end - range.start));
            }
            good(range, false, Some(size), body)
        }
        200 => good(0..length.unwrap_or(u64::MAX), true, length, body),
        416 => {
            let text = headers.get(header::CONTENT_RANGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
            match text.strip_prefix("bytes */").and_then(|n| n.parse::<u64>().ok()) {
                Some(0) if asked.start == 0 => good(0..0, true, Some(0), body),
                Some(size) => Err(Fault::Changed(format!("it has {size} bytes now"))),
                None => Err(Fault::Gone(format!("{from} has no such bytes ({status})"))),
            }
        }
        401 | 403 | 407 => Err(Fault::Gone(refusal())),
        404 | 410 => Err(Fault::Gone(format!("{from} has no such file ({status})"))),
        408 | 425 | 429 | 500..=599 => {
            let seconds = headers.get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
            let wait = seconds.map(|s| Duration::from_secs(s).min(LONGEST_WAIT));
            Err(Fault::Again(format!("{from} answers {status}"), wait))
        }
        _ => Err(Fault::Gone(format!("{from} answers {status}"))),
    }
}

/// `bytes 0-99/1234` as a range and a size.
fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, size) = text.trim().strip_prefix("bytes ")?.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let size = size.trim().parse().ok()?;
    (first <= last && last < size).then(|| (first..last + 1, size))
}

impl Answer {
    /// Fails if the bytes come too slowly to be waited for.
    fn check_pace(&self, came: u64) -> Result<(), Fault> {
        let allowed = self.timeout.saturating_mul(2) + Duration::from_secs(came / SLOWEST);
        if self.begun.elapsed() <= allowed {
            return Ok(());
        }
        Err(Fault::Again(format!("{} sends less than {} kB/s", self.from.place(), SLOWEST / 1000), None))
    }

    /// Reads its bytes into the beginning of `to`; how many came, and why not all.
    pub fn fill(mut self, to: &mut [u8], traffic: &Traffic) -> (usize, Result<(), Fault>) {
        let mut filled = 0;
        while let Some(rest) = to.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.body.read(rest) {
                Ok(0) => {
                    let reason = format!("{} stops after {filled} of {} bytes", self.from.place(), to.len());
                    return (filled, Err(Fault::Again(reason, None)));
                }
                Ok(n) => {
                    filled += n;
                    traffic.bytes(n as u64);
                    if let Err(slow) = self.check_pace(filled as u64) {
                        return (filled, Err(slow));
                    }
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let reason = match fault(&Error::from(e), &self.from) {
                        Fault::Again(reason, _) | Fault::Gone(reason) | Fault::Changed(reason) => reason,
                    };
                    return (
                        filled,
                        Err(Fault::Again(format!("{reason}, after {filled} of {} bytes", to.len()), None)),
                    );
                }
            }
        }
        // A connection is used again only if the body was read to its end; there must be nothing more.
        match self.body.read(&mut [0]) {
            Ok(0) | Err(_) => (filled, Ok(())),
            Ok(_) => (0, Err(Fault::Again(format!("{} sends more bytes than it says", self.from.place()), None))),
        }
    }

    /// Writes its bytes to a file, up to `most`; how many they were.
    pub fn spool(mut self, to: &mut std::fs::File, traffic: &Traffic) -> Result<u64, Fault> {
        use std::io::Write;
        let mut buffer = vec![0; 1 << 18];
        let mut done = 0;
        loop {
            let n = match self.body.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(fault(&Error::from(e), &self.from)),
            };
            traffic.bytes(n as u64);
            done += n as u64;
            self.check_pace(done)?;
            let written = to.write_all(buffer.get(..n).unwrap_or_default());
            written.map_err(|e| Fault::Gone(format!("the temporary copy cannot be written: {e}")))?;
        }
        match self.size {
            Some(size) if size != done => {
                Err(Fault::Again(format!("{} stops after {done} of {size} bytes", self.from.place()), None))
            }
            _ => Ok(done),
        }
    }
}

/// An error of the connection, in the words of those who read files.
fn fault(error: &Error, url: &Url) -> Fault {
    let place = url.place();
    match error {
        Error::Io(e) if is_certificate(&e.to_string()) => Fault::Gone(untrusted(&e.to_string(), &place)),
        Error::Rustls(e) if is_certificate(&e.to_string()) => Fault::Gone(untrusted(&e.to_string(), &place)),
        Error::Io(e) => Fault::Again(format!("{place}: {}", plain(e)), None),
        Error::Timeout(_) => Fault::Again(format!("{place} is silent or too slow"), None),
        Error::HostNotFound => Fault::Again(format!("the host of {place} is not found"), None),
        Error::BadUri(_) => Fault::Gone("this is no URL".to_string()),
        Error::Tls(text) => Fault::Gone(format!("{place}: {text}")),
        other => Fault::Again(format!("{place}: {other}"), None),
    }
}

fn is_certificate(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("certificate") || text.contains("unknownca")
}

fn untrusted(text: &str, place: &str) -> String {
    format!(
        "{place} and this program do not believe each other ({text}); X509_CERT_DIR or SSL_CERT_FILE name the \
             authorities to believe, X509_USER_PROXY the certificate to show"
    )
}

/// An error of the system without its number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_of_answers() {
        assert_eq!(content_range("bytes 0-99/1234"), Some((0..100, 1234)));
        assert_eq!(content_range("bytes 100-1233/1234"), Some((100..1234, 1234)));
        for wrong in
            ["", "bytes */1234", "bytes 0-99/*", "bytes 99-0/1234", "bytes 0-1234/1234", "0-99/1234", "bytes -1/2"]
        {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn versions_differ_where_both_are_known() {
        let version = |etag: &str, modified: &str| Version {
            etag: (!etag.is_empty()).then(|| etag.to_string()),
            modified: (!modified.is_empty()).then(|| modified.to_string()),
        };
        assert_eq!(version("a", "1").differs(&version("a", "1")), None);
        assert_eq!(version("a", "1").differs(&version("b", "1")), Some("its ETag"));
        assert_eq!(version("", "1").differs(&version("b", "2")), Some("its date"));
        assert_eq!(version("", "").differs(&version("b", "2")), None);
    }
}
