//! Names of remote files: URLs, several of them joined by `|` for copies of one file; and how they are shown, without
//! what is secret in them.

use std::path::{Path, PathBuf};

use ureq::http::Uri;

/// Parameters of a URL that give access by themselves (EOS, dCache, S3, Azure), and so are never shown.
const SECRET: [&str; 9] = [
    "authz",
    "access_token",
    "token",
    "sig",
    "signature",
    "x-amz-signature",
    "x-amz-security-token",
    "key",
    "password",
];
/// No other parameter of a data file's URL is as long as a token.
const LONG: usize = 64;

/// True for a name that is not a path: it has a scheme.
#[must_use]
pub fn is_remote(name: &Path) -> bool {
    name.to_str().is_some_and(|name| scheme(name).is_some())
}

/// The scheme of a URL in lower case: `https` of `https://host/file`.
fn scheme(name: &str) -> Option<String> {
    let (scheme, _) = name.split_once("://")?;
    let plain =
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (plain && scheme.starts_with(|c: char| c.is_ascii_alphabetic())).then(|| scheme.to_ascii_lowercase())
}

/// The copies of a file that a name lists.
#[must_use]
pub fn copies(name: &Path) -> Vec<String> {
    let name = name.to_string_lossy();
    name.split('|').map(str::trim).filter(|url| !url.is_empty()).map(str::to_string).collect()
}

/// True if the file is read by HTTP; others are fetched by a command.
#[must_use]
pub fn is_http(url: &str) -> bool {
    matches!(scheme(url).as_deref(), Some("http" | "https"))
}

/// The name by which messages and records call a remote file: its first URL, without secrets.
#[must_use]
pub fn shown(name: &Path) -> PathBuf {
    PathBuf::from(copies(name).first().map_or_else(String::new, |url| without_secrets(url)))
}

/// A URL without passwords, and with `...` for values of parameters that are tokens or look like one.
#[must_use]
pub fn without_secrets(url: &str) -> String {
    let (begin, query) = match url.split_once('?') {
        Some((begin, query)) => (begin, Some(query)),
        None => (url, None),
    };
    let mut text = match begin.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => begin.to_string(),
    };
    let Some(query) = query else { return text };
    for (number, pair) in query.split('&').enumerate() {
        text.push(if number == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, value)) if value.len() >= LONG || SECRET.contains(&name.to_ascii_lowercase().as_str()) => {
                text.push_str(name);
                text.push_str("=...");
            }
            None if pair.len() >= LONG => text.push_str("..."),
            _ => text.push_str(pair),
        }
    }
    text
}

/// A URL of HTTP, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// As it is asked for: `https://host:port/path?query`.
    text: String,
    scheme: String,
    host: String,
    port: u16,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it, in words, without repeating it.
    pub fn read(text: &str) -> Result<Url, String> {
        let text = text.split('#').next().unwrap_or_default();
        let uri: Uri = text.parse().map_err(|e| format!("this is no URL: {e}"))?;
        let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err("this URL is neither http nor https".to_string()),
        };
        if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
            return Err("a URL with a name or a password in it is not used: it would be seen by others. Use a token \
                        (BEARER_TOKEN_FILE) or a certificate (X509_USER_PROXY)"
                .to_string());
        }
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        if host.is_empty() {
            return Err("this URL names no host".to_string());
        }
        let port = uri.port_u16().unwrap_or(default);
        Ok(Url { text: text.to_string(), scheme, host, port })
    }

    /// Where an answer of this URL sends to.
    ///
    /// # Errors
    /// As [`Url::read`].
    pub fn redirected(&self, location: &str) -> Result<Url, String> {
        if scheme(location).is_some() {
            return Url::read(location);
        }
        if let Some(rest) = location.strip_prefix("//") {
            return Url::read(&format!("{}://{rest}", self.scheme));
        }
        let (scheme, rest) = self.text.split_once("://").unwrap_or_default();
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if location.starts_with('/') {
            return Url::read(&format!("{scheme}://{host}{location}"));
        }
        let path = path.split('?').next().unwrap_or_default();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Url::read(&format!("{scheme}://{host}{folder}/{location}"))
    }

    /// A file that is named from where this one is; what the URL says after `?` gives access to that, too.
    ///
    /// # Errors
    /// As [`Url::read`].
    pub fn beside(&self, name: &str) -> Result<Url, String> {
        let other = self.redirected(name)?;
        match (other.text.contains('?'), self.text.split_once('?')) {
            (false, Some((_, query))) => Url::read(&format!("{}?{query}", other.text)),
            _ => Ok(other),
        }
    }

    /// The URL as it is asked for. It may hold secrets: for messages there is [`Url::shown`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The URL without secrets.
    #[must_use]
    pub fn shown(&self) -> String {
        without_secrets(&self.text)
    }

    /// `host:port`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// True if what is sent there can be read on the way: no https, and not this machine.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.scheme != "https" && !self.is_here()
    }

    /// This machine.
    fn is_here(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Same scheme, host and port: what is meant for one is meant for the other (RFC 6454).
    #[must_use]
    pub fn same_origin(&self, other: &Url) -> bool {
        (&self.scheme, &self.host, self.port) == (&other.scheme, &other.host, other.port)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_paths_or_urls() {
        for path in ["data/x.root", "/a://b", "x:y.root", "C://", "1://x", "://x"] {
            assert!(!is_remote(Path::new(path)), "{path}");
        }
        assert!(is_remote(Path::new("root://eos//x.root")) && !is_http("root://eos//x.root"));
        assert!(is_http("HTTPS://host/x") && is_remote(Path::new("s3://bucket/x")));
        assert_eq!(copies(Path::new("https://a/x | https://b/x|")), ["https://a/x", "https://b/x"]);
        assert_eq!(shown(Path::new("https://a/x|https://b/x")), Path::new("https://a/x"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let long = "e".repeat(80);
        for (url, shown) in [
            ("https://h/x.root", "https://h/x.root".to_string()),
            ("https://me:word@h:1094/x", "https://h:1094/x".to_string()),
            ("root://h//x?authz=abc&xrd.wantprot=unix", "root://h//x?authz=...&xrd.wantprot=unix".to_string()),
            (
                &format!("https://h/x?run=3&X-Amz-Signature=1&z={long}"),
                "https://h/x?run=3&X-Amz-Signature=...&z=...".to_string(),
            ),
            (&format!("https://h/x?{long}"), "https://h/x?...".to_string()),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn redirects_and_origins() {
        let url = Url::read("https://door:2880/a/b.root?x=1").unwrap();
        for (to, whole) in [
            ("https://pool:2881/c?uuid=2", "https://pool:2881/c?uuid=2"),
            ("/c.root", "https://door:2880/c.root"),
            ("c.root", "https://door:2880/a/c.root"),
            ("//other/c", "https://other/c"),
        ] {
            assert_eq!(url.redirected(to).unwrap().text(), whole);
        }
        assert!(url.redirected("ftp://x/y").is_err());
        assert_eq!(url.beside("c.root").unwrap().text(), "https://door:2880/a/c.root?x=1");
        assert_eq!(url.beside("/c.root?y=2").unwrap().text(), "https://door:2880/c.root?y=2");
        assert!(url.same_origin(&Url::read("https://DOOR:2880/other").unwrap()));
        assert!(Url::read("https://h/").unwrap().same_origin(&Url::read("https://h:443/x").unwrap()));
        for other in ["http://door:2880/", "https://door/", "https://door.evil:2880/"] {
            assert!(!url.same_origin(&Url::read(other).unwrap()), "{other}");
        }
    }

    #[test]
    fn plain_http_is_open_except_here() {
        let open = |url: &str| Url::read(url).unwrap().is_open();
        assert!(open("http://host/x") && open("http://127.0.0.1.evil.org/x"));
        for here in ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:80/x", "https://host/x"] {
            assert!(!open(here), "{here}");
        }
        for wrong in ["https://me:secret@h/x", "ftp://h/x", "https:///x", "https://"] {
            let error = Url::read(wrong).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
