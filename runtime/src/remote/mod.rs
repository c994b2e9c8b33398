//! Files that are elsewhere: `https://` in parts, as the columns need them; anything else fetched by a command. `url` has
//! the names, `credentials` who asks, `request` one request, `copies` repetition and other copies, `blocks` what is
//! here and what is read ahead, `command`, `folder` and `fetched` the files that come whole.
//!
//! A file that is lost ends the run: there is no result with less in it.

mod ahead;
mod blocks;
mod command;
mod copies;
mod credentials;
mod fetched;
mod folder;
mod request;
mod traffic;
mod url;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use ureq::Agent;
use ureq::tls::TlsConfig;

pub use blocks::Blocks;
pub use command::Template;
pub(crate) use folder::Folder;
pub use traffic::Total;
pub use url::{copies, is_remote, shown};

use crate::lhco::LhcoFile;
use crate::parquet::{self, ParquetFile};
use crate::reader::{FileReader, Kind, ReadClass, ReadError, kind_of};
use crate::root::RootFile;
use ahead::Ahead;
use copies::{Copies, Opened};
use credentials::Token;
use fetched::Fetched;
use request::{Answer, Client, Fault};
use traffic::Traffic;
use url::Url;

/// How long servers are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Repetitions, after a first round of all copies of a file.
    pub retries: u32,
    /// The first pause; each is twice as long as the one before.
    pub pause: Duration,
    /// A server that is silent for longer is given up.
    pub timeout: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { retries: 4, pause: Duration::from_millis(500), timeout: Duration::from_secs(30) }
    }
}

impl Patience {
    /// The pause after a round; up to a quarter longer by chance, so that a thousand jobs do not come back at once.
    fn pause(&self, round: u32) -> Duration {
        let pause = self.pause.saturating_mul(1 << round.min(16));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.subsec_nanos());
        pause + pause / 4 * (now % 1000) / 1000
    }
}

/// Looks up an environment variable.
pub type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The way to remote files: one for a run.
pub struct Access {
    patience: Patience,
    command: Option<Template>,
    environment: Environment,
    client: OnceLock<Result<Arc<Client>, String>>,
    pub(crate) ahead: Arc<Ahead>,
    traffic: Arc<Traffic>,
    /// Bytes that opening files has brought and that are kept.
    opened: Arc<AtomicU64>,
    folder: Mutex<Option<Arc<Folder>>>,
    /// Bytes of fetched files that are here.
    kept: AtomicU64,
}

impl Access {
    /// With a command for what is not HTTP, if there is one. The environment says where tokens and certificates are.
    #[must_use]
    pub fn new(patience: Patience, command: Option<Template>, environment: Environment) -> Arc<Access> {
        Arc::new(Access {
            patience,
            command,
            environment,
            client: OnceLock::new(),
            ahead: Arc::default(),
            traffic: Arc::default(),
            opened: Arc::default(),
            folder: Mutex::new(None),
            kept: AtomicU64::new(0),
        })
    }

    /// What was read so far.
    #[must_use]
    pub fn total(&self) -> Total {
        self.traffic.total()
    }

    /// Opens a remote file; as [`crate::reader::open`].
    ///
    /// # Errors
    /// As there. Messages have no secrets of the name.
    pub fn open(
        self: &Arc<Access>,
        name: &Path,
        tree: Option<&str>,
        candidates: &[&str],
    ) -> Result<Arc<dyn FileReader>, ReadError> {
        let urls = url::copies(name);
        let shown = shown(name);
        let fail = |message: String| ReadError::new(ReadClass::Open, &shown, message);
        match urls.iter().filter(|url| url::is_http(url)).count() {
            0 => Ok(Arc::new(Fetched::open(self, shown, urls, tree, candidates)?)),
            n if n == urls.len() => {
                let urls: Result<Vec<Url>, String> = urls.iter().map(|url| Url::read(url)).collect();
                let client = self.client().map_err(fail)?;
                let urls = urls.map_err(fail)?;
                self.open_http(client, &shown, &urls, tree, candidates)
            }
            _ => Err(fail("all copies of a file must be http or https, or none".to_string())),
        }
    }

    /// The trees of a remote file; as [`crate::reader::trees`].
    ///
    /// # Errors
    /// As there.
    pub fn trees(self: &Arc<Access>, name: &Path) -> Result<Vec<String>, ReadError> {
        let urls = url::copies(name);
        let shown = shown(name);
        let fail = |message: String| ReadError::new(ReadClass::Open, &shown, message);
        if !urls.iter().all(|url| url::is_http(url)) {
            let here = self.fetch(&urls).map_err(fail)?;
            return trees_here(&shown, &here);
        }
        let client = self.client().map_err(fail)?;
        let urls: Result<Vec<Url>, String> = urls.iter().map(|url| Url::read(url)).collect();
        match self.connect(&client, &shown, &urls.map_err(fail)?)? {
            Connected::Here(here) => trees_here(&shown, &here),
            Connected::There(Kind::Root, blocks) => {
                let trees = crate::root::trees_of(&shown, adl_root::File::from_reader(&shown, blocks.clone()))?;
                // What was taken for absent may have been lost.
                blocks.lost().map_or(Ok(trees), |reason| Err(fail(reason)))
            }
            Connected::There(Kind::Parquet | Kind::Lhco, _) => Ok(vec![String::new()]),
        }
    }

    /// Opens a file that is read by HTTP.
    fn open_http(
        &self,
        client: Arc<Client>,
        shown: &Path,
        urls: &[Url],
        tree: Option<&str>,
        candidates: &[&str],
    ) -> Result<Arc<dyn FileReader>, ReadError> {
        let fail = |message: String| ReadError::new(ReadClass::Open, shown, message);
        let (kind, blocks) = match self.connect(&client, shown, urls)? {
            Connected::Here(here) => return open_here(shown, &here, tree, candidates),
            Connected::There(kind, blocks) => (kind, blocks),
        };
        let opened: Arc<dyn FileReader> = match kind {
            Kind::Root => {
                let friend = |name: &str| self.friend(&client, urls, name);
                Arc::new(RootFile::remote(shown, blocks.clone(), tree, candidates, &friend)?)
            }
            Kind::Parquet => Arc::new(ParquetFile::of(shown, parquet::Bytes::Remote(blocks.clone()))?),
            Kind::Lhco => {
                let here = self.copied(&blocks, urls).map_err(fail)?;
                Arc::new(LhcoFile::of(shown, here.open().map_err(fail)?)?)
            }
        };
        // What was taken for absent may have been lost.
        blocks.lost().map_or(Ok(()), |reason| Err(fail(reason)))?;
        blocks.opened();
        Ok(opened)
    }

    /// A text, which is read from its beginning to its end, as a copy in the temporary folder.
    fn copied(&self, blocks: &Arc<Blocks>, urls: &[Url]) -> Result<Here, String> {
        use adl_root::ReadAt;
        const PIECE: u64 = 4 << 20;
        let folder = self.folder()?;
        let size = blocks.size();
        if !self.has_room(size) {
            return Err(format!("the temporary folder has no room for its {size} bytes (TMPDIR)"));
        }
        let here = Here { path: folder.file(urls.first().map_or("", Url::text)), _folder: folder };
        let unwritten = |e: std::io::Error| format!("the temporary copy cannot be written: {e}");
        let mut file = std::fs::File::create(&here.path).map_err(unwritten)?;
        let mut piece = Vec::new();
        let mut at = 0;
        while at < size {
            let end = (at + PIECE).min(size);
            let next = end..(end + PIECE).min(size);
            blocks.announce(std::iter::once(next).collect());
            piece.resize((end - at) as usize, 0);
            blocks.read_at(at, &mut piece)?;
            std::io::Write::write_all(&mut file, &piece).map_err(unwritten)?;
            at = end;
        }
        self.traffic.fetch();
        Ok(here)
    }

    /// Asks a server for the beginning of a file, by which its format is known.
    fn connect(&self, client: &Arc<Client>, shown: &Path, urls: &[Url]) -> Result<Connected, ReadError> {
        let fail = |message: String| ReadError::new(ReadClass::Open, shown, message);
        let mut round = 0;
        loop {
            let (copies, first) =
                match Copies::open(client.clone(), self.patience, urls, blocks::WINDOW).map_err(fail)? {
                    Opened::Parts(copies, first) => (copies, first),
                    Opened::Whole(answer) => match self.spool(answer, urls) {
                        Ok(here) => return Ok(Connected::Here(here)),
                        Err(Fault::Again(_, wait)) if round < self.patience.retries => {
                            self.traffic.repetition();
                            std::thread::sleep(wait.unwrap_or_else(|| self.patience.pause(round)));
                            round += 1;
                            continue;
                        }
                        Err(Fault::Again(reason, _) | Fault::Gone(reason) | Fault::Changed(reason)) => {
                            return Err(fail(format!("the server sends the file only as a whole, and {reason}")));
                        }
                    },
                };
            let kind = kind_of(shown, &first)?;
            return Ok(Connected::There(kind, Blocks::new(copies, first, self.ahead.clone(), self.opened.clone())));
        }
    }

    /// Opens the file of a friend, which must be on the server that the name of the file names: another one would be told
    /// who asks.
    fn friend(
        &self,
        client: &Arc<Client>,
        urls: &[Url],
        name: &str,
    ) -> Result<(adl_root::File, Option<Arc<Blocks>>), String> {
        let mut others = Vec::new();
        for url in urls {
            let other = url.beside(name)?;
            if !other.same_origin(url) {
                return Err(format!("it is on another server, {}", other.place()));
            }
            others.push(other);
        }
        match Copies::open(client.clone(), self.patience, &others, blocks::WINDOW)? {
            Opened::Parts(copies, first) => {
                let shown = PathBuf::from(others.first().map_or_else(String::new, Url::shown));
                let blocks = Blocks::new(copies, first, self.ahead.clone(), self.opened.clone());
                let file = adl_root::File::from_reader(shown, blocks.clone()).map_err(|e| e.to_string())?;
                blocks.opened();
                Ok((file, Some(blocks)))
            }
            Opened::Whole(_) => Err("the server sends it only as a whole".to_string()),
        }
    }

    /// What asks servers, with what proves who asks.
    fn client(&self) -> Result<Arc<Client>, String> {
        let made = self.client.get_or_init(|| {
            let environment = |name: &str| (self.environment)(name).filter(|value| !value.is_empty());
            let user = credentials::user();
            let certificate = credentials::certificate(&environment, user)?;
            let has_certificate = certificate.is_some();
            let tls = TlsConfig::builder()
                .client_cert(certificate)
                .root_certs(credentials::authorities(&environment)?)
                .build();
            let timeout = self.patience.timeout;
            let agent: Agent = Agent::config_builder()
                .tls_config(tls)
                .http_status_as_error(false)
                .max_redirects(0)
                .user_agent(concat!("adlc/", env!("CARGO_PKG_VERSION")))
                .accept_encoding("identity")
                .timeout_connect(Some(timeout.min(Duration::from_secs(15))))
                .timeout_recv_response(Some(timeout))
                .timeout_per_read(Some(timeout))
                .max_idle_connections_per_host(16)
                .build()
                .into();
            let token = Token::find(&environment, user);
            let traffic = self.traffic.clone();
            Ok(Arc::new(Client { agent, token, has_certificate, timeout, traffic }))
        });
        made.clone()
    }

    fn folder(&self) -> Result<Arc<Folder>, String> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*folder {
            return Ok(made.clone());
        }
        Ok(folder.insert(Arc::new(Folder::new()?)).clone())
    }

    /// A file that a server sends only whole, written to the temporary folder.
    fn spool(&self, answer: Answer, urls: &[Url]) -> Result<Here, Fault> {
        let folder = self.folder().map_err(Fault::Gone)?;
        let path = folder.file(urls.first().map_or("", Url::text));
        let here = Here { path, _folder: folder };
        let unwritten = |e: std::io::Error| Fault::Gone(format!("the temporary copy cannot be written: {e}"));
        let mut file = std::fs::File::create(&here.path).map_err(unwritten)?;
        answer.spool(&mut file, &self.traffic)?;
        self.traffic.fetch();
        Ok(here)
    }

    /// Fetches a file by the command.
    pub(crate) fn fetch(&self, urls: &[String]) -> Result<Here, String> {
        let Some(command) = &self.command else {
            return Err("only http and https are read directly; for others say how to copy a file, as in \
                        --fetch-cmd 'xrdcp -s {url} {path}'"
                .to_string());
        };
        let folder = self.folder()?;
        let path = folder.file(urls.first().map_or("", String::as_str));
        let here = Here { path, _folder: folder };
        let mut last = String::new();
        for round in 0..=self.patience.retries {
            let mut is_hopeless = true;
            let mut reasons = Vec::new();
            for url in urls {
                let fault = match command.fetch(url, &here.path) {
                    Ok(()) => {
                        self.traffic.fetch();
                        self.traffic.bytes(std::fs::metadata(&here.path).map_or(0, |m| m.len()));
                        return Ok(here);
                    }
                    Err(fault) => fault,
                };
                let _ = std::fs::remove_file(&here.path);
                self.traffic.repetition();
                is_hopeless &= matches!(fault, Fault::Gone(_));
                let (Fault::Again(reason, _) | Fault::Gone(reason) | Fault::Changed(reason)) = fault;
                reasons.push(if urls.len() == 1 { reason } else { format!("{}: {reason}", url::without_secrets(url)) });
            }
            last = reasons.join("; ");
            if is_hopeless {
                return Err(format!("cannot be fetched: {last}"));
            }
            if round < self.patience.retries {
                std::thread::sleep(self.patience.pause(round));
            }
        }
        let times = if self.patience.retries == 0 { "" } else { "s" };
        Err(format!("cannot be fetched: {last} ({} attempt{times})", self.patience.retries + 1))
    }

    /// Counts a fetched file that is here; false if there would be too little room for others.
    pub(crate) fn keep(&self, size: u64) -> bool {
        let kept = self.kept.fetch_add(size, Ordering::AcqRel) + size;
        kept <= self.room()
    }

    /// A fetched file is here no more.
    pub(crate) fn release(&self, size: u64) {
        self.kept.fetch_sub(size, Ordering::AcqRel);
    }

    /// True if another file may be fetched before it is needed.
    pub(crate) fn has_room(&self, size: u64) -> bool {
        self.kept.load(Ordering::Acquire).saturating_add(size) <= self.room()
    }

    /// Bytes of fetched files that may be here: half of what the temporary folder could hold.
    fn room(&self) -> u64 {
        let kept = self.kept.load(Ordering::Acquire);
        self.folder().map_or(0, |folder| (folder.free().saturating_add(kept)) / 2)
    }
}

/// A file that a server has answered for.
enum Connected {
    /// It is on the server.
    There(Kind, Arc<Blocks>),
    /// The server has sent it whole.
    Here(Here),
}

/// A file in the temporary folder; removed when dropped.
#[derive(Debug)]
pub(crate) struct Here {
    path: PathBuf,
    _folder: Arc<Folder>,
}

impl Here {
    /// The file, which the system keeps as long as it is open.
    fn open(&self) -> Result<std::fs::File, String> {
        std::fs::File::open(&self.path).map_err(|e| format!("the temporary copy cannot be read: {e}"))
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Opens a file of the temporary folder, which messages call `name`. On Unix the file leaves the folder as soon as it is
/// open: the system keeps it for who has it open, and frees it after that, however the program ends.
pub(crate) fn open_here(
    name: &Path,
    here: &Here,
    tree: Option<&str>,
    candidates: &[&str],
) -> Result<Arc<dyn FileReader>, ReadError> {
    let lost =
        |e: std::io::Error| ReadError::new(ReadClass::Open, name, format!("the temporary copy cannot be read: {e}"));
    Ok(match kind_here(name, here)? {
        Kind::Root => {
            let file = adl_root::File::open_as(name, &here.path);
            let friend = |_: &str| Err("only this file was fetched".to_string());
            Arc::new(RootFile::of(name, file, tree, candidates, &friend)?)
        }
        Kind::Parquet => Arc::new(ParquetFile::of(name, parquet::Bytes::open(&here.path).map_err(lost)?)?),
        Kind::Lhco => {
            let file = here.open().map_err(|e| ReadError::new(ReadClass::Open, name, e))?;
            Arc::new(LhcoFile::of(name, file)?)
        }
    })
}

/// The format of a file of the temporary folder.
fn kind_here(name: &Path, here: &Here) -> Result<Kind, ReadError> {
    use std::io::Read;
    let mut begin = Vec::new();
    let read = std::fs::File::open(&here.path).and_then(|file| file.take(4).read_to_end(&mut begin));
    let lost =
        |e: std::io::Error| ReadError::new(ReadClass::Open, name, format!("the temporary copy cannot be read: {e}"));
    read.map_err(lost)?;
    kind_of(name, &begin)
}

/// The trees of a file of the temporary folder.
fn trees_here(name: &Path, here: &Here) -> Result<Vec<String>, ReadError> {
    match kind_here(name, here)? {
        Kind::Root => crate::root::trees_of(name, adl_root::File::open_as(name, &here.path)),
        Kind::Parquet | Kind::Lhco => Ok(vec![String::new()]),
    }
}
