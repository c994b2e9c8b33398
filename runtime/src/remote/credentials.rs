//! What proves who asks: a bearer token, and an X.509 certificate (often a VOMS proxy); and the authorities that servers
//! are believed by. All found where the grid's own tools look.

use std::path::{Path, PathBuf};

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, parse_pem};

/// Where systems keep the certificates of authorities.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// Where those of the grid are (IGTF), if `X509_CERT_DIR` does not say it.
const GRID: &str = "/etc/grid-security/certificates";
/// No token and no certificate is longer.
const LONGEST: u64 = 1 << 20;

/// Looks up an environment variable; empty ones do not count.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A bearer token, or where it is; read anew for every request, because a long run outlives a token.
#[derive(Clone, PartialEq, Eq)]
pub enum Token {
    /// There is none.
    None,
    /// The token itself, of `BEARER_TOKEN`.
    Text(String),
    /// A file with it; `required` if the user named it.
    File {
        /// The file.
        path: PathBuf,
        /// Whether it must be there.
        required: bool,
    },
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::None => f.write_str("no token"),
            Token::Text(_) => f.write_str("the token of BEARER_TOKEN"),
            Token::File { path, .. } => write!(f, "the token of {}", path.display()),
        }
    }
}

impl Token {
    /// Finds it in the order of the WLCG (Bearer Token Discovery, doi:10.5281/zenodo.3937438): `BEARER_TOKEN`,
    /// `BEARER_TOKEN_FILE`, `$XDG_RUNTIME_DIR/bt_u$ID`, `/tmp/bt_u$ID`.
    pub fn find(environment: Environment<'_>, user: Option<u32>) -> Token {
        if let Some(text) = environment("BEARER_TOKEN") {
            return Token::Text(text);
        }
        if let Some(path) = environment("BEARER_TOKEN_FILE") {
            return Token::File { path: path.into(), required: true };
        }
        let Some(user) = user else { return Token::None };
        let folders = environment("XDG_RUNTIME_DIR").into_iter().chain(["/tmp".to_string()]);
        let mut files = folders.map(|folder| Path::new(&folder).join(format!("bt_u{user}")));
        files.find(|f| owned_by(f, user)).map_or(Token::None, |path| Token::File { path, required: false })
    }

    /// The token.
    ///
    /// # Errors
    /// It cannot be read, or is no token; in words, without the token.
    pub fn read(&self) -> Result<Option<String>, String> {
        let (text, from) = match self {
            Token::None => return Ok(None),
            Token::Text(text) => (text.clone(), "BEARER_TOKEN".to_string()),
            Token::File { path, required } => match small(path) {
                Ok(text) => (String::from_utf8_lossy(&text).into_owned(), path.display().to_string()),
                Err(e) if *required => return Err(format!("BEARER_TOKEN_FILE, {}: {e}", path.display())),
                Err(_) => return Ok(None),
            },
        };
        let token = text.trim();
        let is_token = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
        if is_token { Ok(Some(token.to_string())) } else { Err(format!("{from} holds no token")) }
    }
}

/// True for a file of this user: in a folder that all can write to, others may have put theirs.
fn owned_by(path: &Path, user: u32) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.uid() == user)
    }
    #[cfg(not(unix))]
    {
        let _ = user;
        path.is_file()
    }
}

/// The number of this user, where the system says it.
pub fn user() -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").ok().map(|m| m.uid())
    }
    #[cfg(not(unix))]
    None
}

/// The user's certificate: of `X509_USER_PROXY`, of `/tmp/x509up_u$ID` if that is there, of `X509_USER_CERT` and
/// `X509_USER_KEY`.
///
/// # Errors
/// A file that the user named cannot be read, or lacks a certificate or a key.
pub fn certificate(environment: Environment<'_>, user: Option<u32>) -> Result<Option<ClientCert>, String> {
    if let Some(path) = environment("X509_USER_PROXY") {
        return client("X509_USER_PROXY", Path::new(&path), Path::new(&path)).map(Some);
    }
    if let (Some(cert), Some(key)) = (environment("X509_USER_CERT"), environment("X509_USER_KEY")) {
        return client("X509_USER_CERT", Path::new(&cert), Path::new(&key)).map(Some);
    }
    let usual = user.map(|user| (PathBuf::from(format!("/tmp/x509up_u{user}")), user));
    match usual.filter(|(path, user)| owned_by(path, *user)) {
        Some((path, _)) => client("the proxy certificate", &path, &path).map(Some),
        None => Ok(None),
    }
}

fn client(what: &str, cert: &Path, key: &Path) -> Result<ClientCert, String> {
    let read = |path: &Path| small(path).map_err(|e| format!("{what}, {}: {e}", path.display()));
    let chain = certificates(&read(cert)?);
    if chain.is_empty() {
        return Err(format!("{what}, {}: holds no certificate", cert.display()));
    }
    let key = PrivateKey::from_pem(&read(key)?).map_err(|_| format!("{what}, {}: holds no key", key.display()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

/// The authorities that servers are believed by: those of the system (`SSL_CERT_FILE`, or the usual places) and those of
/// the grid (`X509_CERT_DIR`, or the usual place); where there are none, those of Mozilla as of the build.
///
/// # Errors
/// A file or a folder that the user named cannot be read.
pub fn authorities(environment: Environment<'_>) -> Result<RootCerts, String> {
    let mut all = Vec::new();
    match environment("SSL_CERT_FILE") {
        Some(path) => {
            let text = std::fs::read(&path).map_err(|e| format!("SSL_CERT_FILE, {path}: {e}"))?;
            all.extend(certificates(&text));
        }
        None => {
            let found = SYSTEM.iter().find_map(|path| std::fs::read(path).ok());
            all.extend(found.iter().flat_map(|text| certificates(text)));
        }
    }
    let (folder, named) = match environment("X509_CERT_DIR") {
        Some(folder) => (PathBuf::from(folder), true),
        None => (PathBuf::from(GRID), false),
    };
    match std::fs::read_dir(&folder) {
        Ok(entries) => {
            // Certificates are named by a hash, `1a2b3c4d.0`, or `NAME.pem`; lists of revoked ones are `1a2b3c4d.r0`.
            let is_one = |path: &Path| path.extension().is_some_and(|e| e == "pem" || e == "0" || e == "crt");
            let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| is_one(p)).collect();
            paths.sort();
            all.extend(paths.iter().filter_map(|p| small(p).ok()).flat_map(|text| certificates(&text)));
        }
        Err(e) if named => return Err(format!("X509_CERT_DIR, {}: {e}", folder.display())),
        Err(_) => {}
    }
    Ok(if all.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&all) })
}

/// The certificates of a PEM file, in order.
fn certificates(text: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| if let Ok(PemItem::Certificate(found)) = item { Some(found) } else { None };
    parse_pem(text).filter_map(certificate).collect()
}

/// The contents of a small file.
fn small(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("adlc-credentials-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn tokens_are_found_in_the_order_of_the_wlcg() {
        let folder = folder("order");
        let user = user().unwrap_or(0);
        let usual = folder.join(format!("bt_u{user}"));
        std::fs::write(&usual, "usual\n").unwrap();
        std::fs::write(folder.join("named"), " named \n").unwrap();
        let here = folder.display().to_string();
        let named = folder.join("named").display().to_string();
        let of = |set: &[(&str, &str)]| {
            let look = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_string());
            Token::find(&look, Some(user)).read()
        };
        let all =
            [("BEARER_TOKEN", "direct"), ("BEARER_TOKEN_FILE", named.as_str()), ("XDG_RUNTIME_DIR", here.as_str())];
        assert_eq!(of(&all).unwrap().unwrap(), "direct");
        assert_eq!(of(&all[1..]).unwrap().unwrap(), "named");
        assert_eq!(of(&all[2..]).unwrap().unwrap(), "usual");
        // What the user names must be there; what is usual need not.
        assert!(of(&[("BEARER_TOKEN_FILE", "/does/not/exist")]).unwrap_err().contains("BEARER_TOKEN_FILE"));
        // A token is never shown, and another user's file never used.
        let wrong = of(&[("BEARER_TOKEN", "two words")]).unwrap_err();
        assert_eq!(wrong, "BEARER_TOKEN holds no token");
        assert!(!format!("{:?}", Token::Text("secret".into())).contains("secret"));
        let look = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| here.clone());
        std::fs::write(folder.join(format!("bt_u{}", user + 1)), "theirs").unwrap();
        let found = Token::find(&look, Some(user + 1));
        assert!(!matches!(&found, Token::File { path, .. } if path.starts_with(&folder)), "{found:?}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn named_files_must_be_there_and_hold_what_they_should() {
        let folder = folder("named");
        std::fs::write(folder.join("empty"), "").unwrap();
        let empty = folder.join("empty").display().to_string();
        for (name, value) in [("X509_USER_PROXY", "/does/not/exist"), ("X509_USER_PROXY", empty.as_str())] {
            let look = |n: &str| (n == name).then(|| value.to_string());
            assert!(certificate(&look, None).unwrap_err().starts_with("X509_USER_PROXY, "));
        }
        for name in ["X509_CERT_DIR", "SSL_CERT_FILE"] {
            let look = |n: &str| (n == name).then(|| "/does/not/exist".to_string());
            assert!(authorities(&look).unwrap_err().starts_with(name));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
