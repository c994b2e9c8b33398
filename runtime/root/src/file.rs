//! A ROOT file: its header, its directories and the keys in them (`TFile`, `TDirectoryFile`).

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::codec::Decompressor;
use crate::cursor::Cursor;
use crate::error::{Error, Place};
use crate::key::Key;
use crate::ntuple::{self, Ntuple};
use crate::source::{ReadAt, Source};
use crate::tree::{self, Streamers, Tree};

/// From this `fVersion` on, the header has 64-bit positions. (uproot writes negative ones that do not.)
const BIG_FILE: i32 = 1_000_000;
/// From this version on, a directory record has 64-bit positions.
const BIG_DIRECTORY: i16 = 1000;
/// More than the header of a file has, and the record of a directory.
const HEADER: usize = 128;
/// A key says how long it is with 16 bits, signed.
const LONGEST_KEY: usize = i16::MAX as usize;
/// Deeper directories than this are a loop or an attack.
const MAX_DEPTH: usize = 32;
/// More keys than this are an attack: the key lists would be longer than the files they come from.
const MAX_KEYS: usize = 4_000_000;

/// An open ROOT file. Cloning shares it; it may be used from several threads at once.
#[derive(Clone, Debug)]
pub struct File {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    source: Source,
    version: u32,
    uuid: String,
    streamers_at: u64,
    keys: Vec<Key>,
    problems: Vec<Error>,
}

/// A tree or an RNTuple in a file, as [`File::trees`] and [`File::ntuples`] list them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeInfo {
    /// Directories and name, joined by `/`: `Events`, `myjets/Events`.
    pub path: String,
    /// The title.
    pub title: String,
    /// The cycle of its key.
    pub cycle: i16,
    /// The number of entries.
    pub entries: u64,
}

impl File {
    /// Opens a file and reads its directories.
    ///
    /// The file is mapped into memory and must not be changed while it is open.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotRoot`], and the kinds of damage in the header or the list of keys. Damage in a
    /// subdirectory is not an error here: see [`File::problems`].
    pub fn open(path: impl AsRef<Path>) -> Result<File, Error> {
        let path = path.as_ref();
        File::read(path.to_path_buf(), Source::open(path)?).map_err(|e| e.in_file(path))
    }

    /// The same for a file that messages call by another name, such as a copy of it.
    ///
    /// # Errors
    /// As [`File::open`].
    pub fn open_as(name: impl Into<PathBuf>, path: &Path) -> Result<File, Error> {
        let name = name.into();
        let named = |e| if let Error::Open { reason, .. } = e { Error::Open { path: name.clone(), reason } } else { e };
        let source = Source::open(path).map_err(named)?;
        File::read(name.clone(), source).map_err(|e| e.in_file(&name))
    }

    /// The same for a file that is in memory; `name` stands for its path in messages.
    ///
    /// # Errors
    /// As [`File::open`].
    pub fn from_bytes(name: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<File, Error> {
        let path = name.into();
        File::read(path.clone(), Source::Memory(bytes)).map_err(|e| e.in_file(&path))
    }

    /// The same for bytes that are elsewhere; `name` stands for the path in messages.
    ///
    /// # Errors
    /// As [`File::open`], and [`Error::Lost`] if they cannot be read.
    pub fn from_reader(name: impl Into<PathBuf>, bytes: Arc<dyn ReadAt>) -> Result<File, Error> {
        let path = name.into();
        File::read(path.clone(), Source::Elsewhere(bytes)).map_err(|e| e.in_file(&path))
    }

    /// The path that it was opened with.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.inner.source.size()
    }

    /// Lets go of memory that can be had again from the file: nothing of it will be read soon.
    pub fn rest(&self) {
        self.inner.source.rest();
    }

    /// The version of ROOT that wrote it, such as `6.40.00`; as the file says.
    pub fn root_version(&self) -> String {
        let v = self.inner.version;
        format!("{}.{:02}.{:02}", v / 10_000, v / 100 % 100, v % 100)
    }

    /// The UUID of the file as text, in lower case. All zeros if the writer gave none.
    pub fn uuid(&self) -> &str {
        &self.inner.uuid
    }

    /// All objects of all directories, in the order of the file; every cycle of each.
    pub fn keys(&self) -> &[Key] {
        &self.inner.keys
    }

    /// Directories that could not be read, and an unfinished list of keys that was rebuilt.
    pub fn problems(&self) -> &[Error] {
        &self.inner.problems
    }

    /// The trees of the file: of each path the highest cycle, with entries. Trees that cannot be read are left out;
    /// asking for one by name says why.
    pub fn trees(&self) -> Vec<TreeInfo> {
        self.latest(Key::is_tree, tree::entries)
    }

    /// The RNTuples of the file, as [`File::trees`] lists the trees.
    pub fn ntuples(&self) -> Vec<TreeInfo> {
        self.latest(Key::is_ntuple, ntuple::entries)
    }

    /// Of each path the highest cycle of the keys of some classes, with what `entries` says; those that it fails for are
    /// left out.
    fn latest(
        &self,
        wanted: fn(&Key) -> bool,
        entries: fn(&Source, &Key, &mut Decompressor) -> Result<u64, Error>,
    ) -> Vec<TreeInfo> {
        let mut decompressor = Decompressor::default();
        let mut latest = HashMap::new();
        for key in self.keys_of(wanted) {
            let cycle = latest.entry(key.path.as_str()).or_insert(key.cycle);
            *cycle = key.cycle.max(*cycle);
        }
        self.keys_of(wanted)
            .filter(|key| latest.get(key.path.as_str()) == Some(&key.cycle))
            .filter_map(|key| {
                let entries = entries(&self.inner.source, key, &mut decompressor).ok()?;
                Some(TreeInfo { path: key.path.clone(), title: key.title.clone(), cycle: key.cycle, entries })
            })
            .collect()
    }

    /// A tree by its path: `Events`, `myjets/Events`, or with a cycle `Events;1`. Without one the highest is taken.
    ///
    /// # Errors
    /// [`Error::Missing`] names the trees that there are; the others say what is wrong with the tree's description.
    /// A branch that cannot be read is no error: it is listed as [`crate::BranchKind::Unsupported`].
    pub fn tree(&self, path: &str) -> Result<Tree, Error> {
        Tree::read(self.clone(), self.find(path, Key::is_tree, "tree")?).map_err(|e| e.in_file(self.path()))
    }

    /// An RNTuple by its path, as [`File::tree`] for trees.
    ///
    /// # Errors
    /// As [`File::tree`].
    pub fn ntuple(&self, path: &str) -> Result<Ntuple, Error> {
        Ntuple::read(self.clone(), self.find(path, Key::is_ntuple, "RNTuple")?).map_err(|e| e.in_file(self.path()))
    }

    pub(crate) fn find(&self, path: &str, is_wanted: fn(&Key) -> bool, what: &str) -> Result<&Key, Error> {
        let (name, cycle) = match path.rsplit_once(';').and_then(|(n, c)| Some((n, c.parse::<i16>().ok()?))) {
            Some((name, cycle)) => (name, Some(cycle)),
            None => (path, None),
        };
        let wanted = |key: &&Key| key.path == name && cycle.is_none_or(|c| c == key.cycle);
        let found = self.keys_of(is_wanted).filter(wanted).max_by_key(|key| key.cycle);
        found.ok_or_else(|| self.not_there(path, name, is_wanted, what))
    }

    pub(crate) fn source(&self) -> &Source {
        &self.inner.source
    }

    /// The class descriptions; none if the file has none or they are damaged, which some branches then miss. Bytes that
    /// are lost are an error: the same file would be read another way the next time.
    pub(crate) fn streamers(&self) -> Result<Streamers, Error> {
        match self.read_streamers() {
            Err(lost @ Error::Lost { .. }) => Err(lost),
            read => Ok(read.unwrap_or_default()),
        }
    }

    fn read_streamers(&self) -> Result<Streamers, Error> {
        let offset = self.inner.streamers_at;
        if offset == 0 {
            return Ok(Streamers::default());
        }
        let record = self.source().record(offset, "the class descriptions")?;
        let key = Key { offset, ..Key::read(&mut Cursor::in_file(&record, offset), "")? };
        let mut decompressor = Decompressor::default();
        let object = key.object(&record, &mut decompressor)?;
        Streamers::read(&mut Cursor::in_record(object, offset), usize::from(key.key_bytes))
    }

    fn keys_of(&self, wanted: fn(&Key) -> bool) -> impl Iterator<Item = &Key> {
        self.inner.keys.iter().filter(move |key| wanted(key))
    }

    fn not_there(&self, path: &str, name: &str, wanted: fn(&Key) -> bool, what: &str) -> Error {
        let file = self.path().display();
        let article = if what == "tree" { "a" } else { "an" };
        if let Some(key) = self.inner.keys.iter().find(|key| key.path == name && !wanted(key)) {
            return Error::missing(format!("{file}: {path:?} is a {}, not {article} {what}", key.class));
        }
        let mut names: Vec<&str> = self.keys_of(wanted).map(|key| key.path.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let list = match names.len() {
            0 => format!("it has no {what}"),
            n => {
                let more = if n > 8 { format!(" and {} more", n - 8) } else { String::new() };
                format!("it has {}{more}", names[..n.min(8)].join(", "))
            }
        };
        Error::missing(format!("{file}: no {what} {path:?}; {list}"))
    }

    fn read(path: PathBuf, source: Source) -> Result<File, Error> {
        let not_root = |reason: &str| Error::NotRoot { path: path.clone(), reason: reason.to_string() };
        if source.size() == 0 {
            return Err(not_root("it is empty"));
        }
        let begin = source.head(0, HEADER, "the header")?;
        let Some(header) = begin.strip_prefix(b"root") else {
            return Err(not_root("it does not begin with the letters \"root\""));
        };
        let header = Header::read(&mut Cursor::in_file(header, 4))?;
        drop(begin);
        let mut inner = Inner {
            path,
            version: header.version,
            uuid: header.uuid,
            streamers_at: header.streamers_at,
            keys: vec![],
            problems: vec![],
            source,
        };
        let mut directories = vec![("".to_string(), header.begin + header.name_bytes, 0)];
        let mut seen = HashSet::new();
        while let Some((name, offset, depth)) = directories.pop() {
            if !seen.insert(offset) {
                continue;
            }
            match read_directory(&inner.source, &name, offset) {
                Ok(keys) => {
                    if inner.keys.len() + keys.len() > MAX_KEYS {
                        return Err(Error::unsupported(Place::at(offset), "more than four million keys"));
                    }
                    let is_directory = |key: &&Key| matches!(key.class.as_str(), "TDirectory" | "TDirectoryFile");
                    let inside = keys.iter().filter(is_directory).filter(|_| depth < MAX_DEPTH);
                    directories.extend(
                        inside.map(|key| (key.path.clone(), key.offset + u64::from(key.key_bytes), depth + 1)).rev(),
                    );
                    inner.keys.extend(keys);
                }
                Err(lost @ Error::Lost { .. }) => return Err(lost),
                Err(problem) if depth == 0 => {
                    inner.keys = scan(&inner.source, header.begin)?;
                    if !inner.keys.iter().any(|key| key.is_tree() || key.is_ntuple()) {
                        return Err(problem);
                    }
                    inner.problems.push(problem);
                }
                Err(problem) => inner.problems.push(problem),
            }
        }
        Ok(File { inner: Arc::new(inner) })
    }
}

/// The part of the header that a reader needs.
struct Header {
    version: u32,
    begin: u64,
    name_bytes: u64,
    /// The record with the class descriptions; 0 if there is none.
    streamers_at: u64,
    uuid: String,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Header, Error> {
        let version = cursor.i32()?;
        let begin = cursor.size("the position of the first record")? as u64;
        let big = version >= BIG_FILE;
        let wide = if big { 8 } else { 4 };
        cursor.skip(wide + wide + 4 + 4)?;
        let name_bytes = cursor.size("the size of the first record's name")? as u64;
        cursor.skip(1 + 4)?;
        let info = if big { cursor.i64()? } else { i64::from(cursor.i32()?) };
        cursor.skip(4)?;
        let uuid = cursor.skip(2).and_then(|()| cursor.take(16)).map(uuid_text);
        let version = version.rem_euclid(BIG_FILE) as u32;
        Ok(Header {
            version,
            begin,
            name_bytes,
            streamers_at: u64::try_from(info).unwrap_or(0),
            uuid: uuid.unwrap_or_else(|_| uuid_text(&[0; 16])),
        })
    }
}

fn uuid_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// The keys of the directory whose record (after its key, and for the top one after name and title) is at `offset`.
fn read_directory(source: &Source, name: &str, offset: u64) -> Result<Vec<Key>, Error> {
    let record = source.head(offset, HEADER, "a directory")?;
    let cursor = &mut Cursor::in_file(&record, offset);
    let version = cursor.i16()?;
    cursor.skip(4 + 4)?;
    let list_bytes = cursor.size("the size of a list of keys")?;
    cursor.skip(4)?;
    let list_at = match version > BIG_DIRECTORY {
        true => (cursor.skip(16)?, cursor.i64()?).1,
        false => (cursor.skip(8)?, i64::from(cursor.i32()?)).1,
    };
    if list_at <= 0 {
        return Err(cursor.corrupt("the directory has no list of keys: the file was not closed"));
    }
    let list_at = list_at as u64;
    let list = source.slice(list_at, list_bytes, "a list of keys")?;
    let cursor = &mut Cursor::in_file(&list, list_at);
    let head = Key::read(cursor, "")?;
    cursor.seek(usize::from(head.key_bytes))?;
    let count = cursor.size("the number of keys")?;
    // A key has at least 26 bytes, so a forged count cannot ask for more than the list could hold.
    let mut keys = Vec::with_capacity(count.min(cursor.remaining() / 26));
    for _ in 0..count {
        let key = Key::read(cursor, name)?;
        keys.push(key);
    }
    Ok(keys)
}

/// The trees of a file that was not closed, found by walking its records from the first (as `TFile::Recover`).
fn scan(source: &Source, begin: u64) -> Result<Vec<Key>, Error> {
    let mut keys = vec![];
    let mut offset = begin;
    while offset < source.size() {
        let begin = source.head(offset, 4, "a record")?;
        let step = match begin.first_chunk().map(|n| i32::from_be_bytes(*n)) {
            Some(n) if n < 0 => u64::from(n.unsigned_abs()),
            Some(n) if n > 0 => {
                let head = source.head(offset, LONGEST_KEY.min(n as usize), "a record")?;
                match Key::read(&mut Cursor::in_file(&head, offset), "") {
                    Ok(key) if (key.is_tree() || key.is_ntuple()) && key.offset == offset => keys.push(key),
                    Ok(_) => (),
                    Err(_) => break,
                }
                n as u64
            }
            _ => break,
        };
        offset = offset.saturating_add(step);
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn other_formats_are_named_as_such() {
        let e = File::from_bytes("x.parquet", b"PAR1....".to_vec()).unwrap_err();
        assert_eq!(e.to_string(), "x.parquet is not a ROOT file: it does not begin with the letters \"root\"");
        let e = File::from_bytes("x.root", vec![]).unwrap_err();
        assert_eq!(e.to_string(), "x.root is not a ROOT file: it is empty");
        let e = File::from_bytes("x.root", b"root\0\0".to_vec()).unwrap_err();
        assert!(matches!(e, Error::Truncated { .. }), "{e}");
    }

    #[test]
    fn only_versions_from_a_million_are_wide() {
        let header = |version: i32, wide: bool| {
            let position = |x: i64| if wide { x.to_be_bytes().to_vec() } else { (x as i32).to_be_bytes().to_vec() };
            let mut bytes = [version.to_be_bytes(), 100_i32.to_be_bytes()].concat();
            bytes.extend([position(5000), position(4000)].concat());
            bytes.extend([1_i32, 1, 58].map(i32::to_be_bytes).concat());
            bytes.extend([[4].as_slice(), &101_i32.to_be_bytes(), &position(3000), &500_i32.to_be_bytes()].concat());
            bytes.extend([[0, 1].as_slice(), &[0xcd; 16]].concat());
            Header::read(&mut Cursor::in_file(&bytes, 4)).unwrap()
        };
        // The third is what uproot writes when it updates a file.
        for (version, wide) in [(64000, false), (1_064_000, true), (64000 - 1_000_000, false)] {
            let h = header(version, wide);
            assert_eq!((h.version, h.begin, h.name_bytes, h.streamers_at), (64000, 100, 58, 3000));
            assert!(h.uuid.starts_with("cdcdcdcd-"));
        }
    }

    #[test]
    fn uuids_look_like_uuids() {
        assert_eq!(uuid_text(&[0xab; 16]), "abababab-abab-abab-abab-abababababab");
    }

    #[test]
    fn files_are_shared_between_threads() {
        fn shared<T: Send + Sync + Clone>() {}
        shared::<File>();
        shared::<Tree>();
    }
}
