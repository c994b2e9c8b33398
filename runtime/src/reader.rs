//! Opening a file by its content, and the one interface to its columns: a column is a row of segments (ROOT: baskets,
//! Parquet: slices of row groups), each decoded as a whole. `load` caches segments and makes batches of them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adl_root::{Spent, Texts, Values as Slice};

use crate::lhco::{self, LhcoFile};
use crate::nested::{Level, Places};
use crate::parquet::ParquetFile;
use crate::root::RootFile;
use crate::schema::FileSchema;
use crate::values::{Buffer, element_of};

/// What a session can do about an error of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadClass {
    /// The file is fine and does not hold what is asked for: exit code 4.
    Schema,
    /// The file cannot be opened or read; it may work later: exit code 5.
    Open,
    /// The file is damaged, incomplete or no data file: exit code 9.
    Corrupt,
}

impl ReadClass {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            ReadClass::Schema => 4,
            ReadClass::Open => 5,
            ReadClass::Corrupt => 9,
        }
    }

    /// Whether the same command may work later without a change.
    #[must_use]
    pub fn retryable(self) -> bool {
        self == ReadClass::Open
    }
}

/// Why a file or a column could not be read: one line, with the path in front.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}: {message}", path.display())]
pub struct ReadError {
    /// What can be done.
    pub class: ReadClass,
    /// The file.
    pub path: PathBuf,
    /// What is wrong, in words.
    pub message: String,
}

impl ReadError {
    /// An error about a file.
    pub fn new(class: ReadClass, path: &Path, message: impl Into<String>) -> ReadError {
        ReadError { class, path: path.to_path_buf(), message: message.into() }
    }
}

/// What a thread keeps between decodes.
#[derive(Default)]
pub struct Scratch {
    /// Of ROOT baskets.
    pub root: adl_root::Scratch,
    /// Of Parquet pages.
    pub parquet: crate::parquet::Unpacker,
    /// What was spent on other files.
    pub(crate) spent: Spent,
}

impl Scratch {
    /// What was spent with it so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        let mut spent = self.spent;
        spent += self.root.spent();
        spent += self.parquet.spent;
        spent
    }
}

/// An open data file. Events are numbered from 0; columns as in the schema.
pub trait FileReader: Send + Sync {
    /// The file itself, where this is its description and more has to be opened: see [`opened`].
    fn opened(&self) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        None
    }

    /// True if its description takes memory to speak of and is soon read again: of many files it is let go until the events
    /// of the file are due.
    fn is_opened_again(&self) -> bool {
        false
    }

    /// The path as it was given.
    fn path(&self) -> &Path;

    /// Its size in bytes.
    fn size(&self) -> u64;

    /// An identifier that the file itself carries (ROOT: the UUID); empty if there is none.
    fn uuid(&self) -> &str;

    /// What it holds.
    fn schema(&self) -> &FileSchema;

    /// Texts that the file keeps by name (Parquet: the key-value metadata).
    fn notes(&self) -> &[(String, String)] {
        &[]
    }

    /// How a column is compressed, in words; as its first segment is stored, where the schema has only what was asked for.
    fn codec(&self, column: usize) -> String {
        self.schema().columns.get(column).map_or(String::new(), |c| c.codec.clone())
    }

    /// Where the segments of a column begin, and the number of events last: increasing, first 0. Empty for a column that
    /// cannot be read.
    fn borders(&self, column: usize) -> &[u64];

    /// Decodes one segment of a column.
    ///
    /// # Errors
    /// Damage, in words, or what is missing from the file.
    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError>;

    /// The bytes that a segment takes in the file, about; 0 if the file does not say.
    fn stored(&self, _column: usize, _segment: usize) -> u64 {
        0
    }

    /// Where the segments of a column of texts begin, as [`FileReader::borders`]; empty for others. No analysis uses them.
    fn text_borders(&self, _column: usize) -> &[u64] {
        &[]
    }

    /// The texts of one segment of a column that holds texts.
    ///
    /// # Errors
    /// As [`FileReader::decode`].
    fn texts(&self, column: usize, _segment: usize, _scratch: &mut Scratch) -> Result<Texts, ReadError> {
        Err(ReadError::new(ReadClass::Schema, self.path(), format!("column number {column} holds no texts")))
    }

    /// Another tree of the same open file; none where a path must be opened for it.
    fn tree(&self, _name: &str) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        None
    }

    /// The histograms in one dimension whose paths are wanted, each once: the contents of their bins, first that below the
    /// axis.
    ///
    /// # Errors
    /// Damage, in words.
    fn histograms(&self, _wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<f64>>, ReadError> {
        Ok(Vec::new())
    }

    /// True if what is in the middle can be read without what is before it, so that threads may be far apart in the file.
    fn begins_anywhere(&self) -> bool {
        false
    }

    /// True if it pays to say what will be read.
    fn is_remote(&self) -> bool {
        false
    }

    /// Begins to read segments of columns that will be decoded; false if enough is under way, to be asked again later.
    fn announce(&self, _segments: &[(usize, usize)]) -> bool {
        true
    }

    /// Nothing more will be decoded, or not soon: what is kept of the file beside its description may go.
    fn rest(&self) {}
}

/// A file to read more of than its description, open as long as what this gives lives.
///
/// # Errors
/// As [`open`]; `Open` if it is not the file any more that it was.
pub fn opened(file: &Arc<dyn FileReader>) -> Result<Arc<dyn FileReader>, ReadError> {
    file.opened().unwrap_or_else(|| Ok(file.clone()))
}

/// A decoded stretch of one column: the values of consecutive events, with zeros after the last one.
#[derive(Debug)]
pub struct Segment {
    /// Its first event.
    pub first: u64,
    /// Its number of events.
    pub events: usize,
    /// Lists that were null in the file, and are empty here.
    pub null_lists: u64,
    /// Values that were null in the file, and are NaN here.
    pub null_values: u64,
    len: usize,
    store: Store,
    /// Of lists of lists.
    places: Option<Box<Places>>,
}

/// Who owns the values.
#[derive(Debug)]
enum Store {
    /// One value per event.
    Scalars(Buffer),
    /// A list per event, with `events + 1` offsets.
    Lists(Vec<u32>, Buffer),
    Basket(adl_root::Basket),
}

impl Segment {
    /// One value per event.
    #[must_use]
    pub fn scalars(first: u64, mut values: Buffer) -> Segment {
        let len = values.len();
        values.seal();
        Segment::of(first, len, len, Store::Scalars(values))
    }

    /// A list per event: `offsets` has one more item than there are events, begins with 0, never decreases and ends
    /// with the number of values; none otherwise.
    #[must_use]
    pub fn lists(first: u64, offsets: Vec<u32>, mut values: Buffer) -> Option<Segment> {
        let len = values.len();
        let whole = offsets.first() == Some(&0) && offsets.last().is_some_and(|&n| n as usize == len);
        // All of them, without a branch for each.
        let decreases = offsets.windows(2).fold(false, |any, pair| any | (pair[0] > pair[1]));
        if !whole || decreases {
            return None;
        }
        values.seal();
        Some(Segment::of(first, offsets.len() - 1, len, Store::Lists(offsets, values)))
    }

    /// Lists of lists: `lists` index into `inner`, which index into the values, both as the offsets of
    /// [`Segment::lists`]; none otherwise.
    #[must_use]
    pub fn nested(first: u64, lists: &[u32], inner: &[u32], values: Buffer) -> Option<Segment> {
        let places = Places::new(lists, inner)?;
        let segment = Segment::lists(first, places.starts(Level::Numbers).to_vec(), values)?;
        Some(Segment { places: Some(Box::new(places)), ..segment })
    }

    /// A basket of a ROOT file; none if its lists of lists do not follow each other.
    #[must_use]
    pub fn basket(basket: adl_root::Basket) -> Option<Segment> {
        let places = match (basket.starts(), basket.inner_starts()) {
            (Some(lists), Some(inner)) => Some(Box::new(Places::new(lists, inner)?)),
            _ => None,
        };
        let segment = Segment::of(basket.first_entry(), basket.entries(), basket.len(), Store::Basket(basket));
        Some(Segment { places, ..segment })
    }

    fn of(first: u64, events: usize, len: usize, store: Store) -> Segment {
        Segment { first, events, null_lists: 0, null_values: 0, len, store, places: None }
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All values.
    #[must_use]
    pub fn values(&self) -> Slice<'_> {
        match &self.store {
            Store::Scalars(buffer) | Store::Lists(_, buffer) => buffer.slice(0..self.len),
            Store::Basket(basket) => basket.values(),
        }
    }

    /// The number of the first value of an event, counted from the segment's first event; at the end, [`Segment::len`].
    #[must_use]
    pub fn start(&self, event: usize) -> usize {
        if let Some(places) = &self.places {
            return places.starts(Level::Numbers).get(event).map_or(self.len, |&at| at as usize);
        }
        match &self.store {
            Store::Scalars(_) => event.min(self.len),
            Store::Lists(offsets, _) => offsets.get(event).map_or(self.len, |&at| at as usize),
            Store::Basket(basket) => basket.start(event) as usize,
        }
    }

    /// For lists: `events + 1` numbers of first values, as [`Segment::start`] gives them one by one.
    #[must_use]
    pub fn starts(&self) -> Option<&[u32]> {
        if let Some(places) = &self.places {
            return Some(places.starts(Level::Numbers));
        }
        match &self.store {
            Store::Scalars(_) => None,
            Store::Lists(offsets, _) => Some(offsets),
            Store::Basket(basket) => basket.starts(),
        }
    }

    /// True if the lists are known to have the sizes that their counter tells, which then need not be read.
    pub(crate) fn is_counted(&self) -> bool {
        match &self.store {
            Store::Scalars(_) | Store::Lists(..) => false,
            Store::Basket(basket) => self.places.is_none() && basket.is_counted(),
        }
    }

    /// Other values, as many, in the same lists; none if they are not as many.
    pub(crate) fn with_values(&self, mut values: Buffer) -> Option<Segment> {
        if values.len() != self.len {
            return None;
        }
        values.seal();
        let offsets = match &self.store {
            Store::Scalars(_) => None,
            Store::Lists(..) | Store::Basket(_) => Some((0..=self.events).map(|e| u32::try_from(self.start(e)).ok())),
        };
        let store = match offsets {
            Some(offsets) => Store::Lists(offsets.collect::<Option<Vec<u32>>>()?, values),
            None => Store::Scalars(values),
        };
        let places = self.places.clone();
        let segment = Segment::of(self.first, self.events, self.len, store);
        Some(Segment { places, null_lists: self.null_lists, ..segment })
    }

    /// Of lists of lists: where the lists are among the numbers.
    pub(crate) fn places(&self) -> Option<&Places> {
        self.places.as_deref()
    }

    /// The address of a value, for compiled code; at least one more value is readable behind the last. Valid while the
    /// segment lives.
    #[must_use]
    pub fn address(&self, index: usize) -> *const u8 {
        match &self.store {
            Store::Scalars(buffer) | Store::Lists(_, buffer) => buffer.address(index),
            Store::Basket(basket) => {
                basket.as_ptr().wrapping_add(index.saturating_mul(element_of(&basket.values()).size()))
            }
        }
    }
}

/// The trees of a data file in its order, whether they can be read or not; of a Parquet or LHCO file one without a name.
///
/// # Errors
/// As [`open`].
pub fn trees(path: &Path) -> Result<Vec<String>, ReadError> {
    match kind(path)? {
        Kind::Root => crate::root::trees(path),
        Kind::Parquet | Kind::Lhco => Ok(vec![String::new()]),
    }
}

/// Opens a data file. In a ROOT file with several trees, `tree` names the one to read; without a name it is the first of
/// `candidates` (the tree names of the input's profile) that the file has, else the only tree with events.
///
/// # Errors
/// Missing, unreadable and remote paths are `Open`; a file that is empty, truncated or of another format is `Corrupt`; a
/// tree that is not there or not clear is `Schema`, and the message lists the trees.
pub fn open(path: &Path, tree: Option<&str>, candidates: &[&str]) -> Result<Arc<dyn FileReader>, ReadError> {
    match kind(path)? {
        Kind::Root => Ok(Arc::new(RootFile::open(path, tree, candidates)?)),
        Kind::Parquet => Ok(Arc::new(ParquetFile::open(path)?)),
        Kind::Lhco => Ok(Arc::new(LhcoFile::open(path)?)),
    }
}

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    Parquet,
    Lhco,
}

/// The format of a file, by its content.
fn kind(path: &Path) -> Result<Kind, ReadError> {
    let fail = |class, message: String| Err(ReadError::new(class, path, message));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return fail(ReadClass::Open, "there is no such file".to_string());
        }
        Err(e) => return fail(ReadClass::Open, format!("cannot be opened: {e}")),
    };
    if metadata.is_dir() {
        return fail(ReadClass::Open, "is a folder, not a data file; name the files in it".to_string());
    }
    let mut magic = Vec::with_capacity(4);
    match fs::File::open(path).and_then(|file| file.take(4).read_to_end(&mut magic)) {
        Ok(_) => {}
        Err(e) => return fail(ReadClass::Open, format!("cannot be opened: {e}")),
    }
    match kind_of(path, &magic) {
        Err(_) if !magic.is_empty() && lhco::begins(path) => Ok(Kind::Lhco),
        kind => kind,
    }
}

/// `events.lhco.gz`, of a remote file with what follows in a URL.
fn is_packed_lhco(name: &str) -> bool {
    name.split('?').next().unwrap_or_default().to_ascii_lowercase().ends_with(".lhco.gz")
}

/// The same by the first bytes and the name; `path` stands for the file in messages.
pub(crate) fn kind_of(path: &Path, begin: &[u8]) -> Result<Kind, ReadError> {
    let fail = |message: &str| Err(ReadError::new(ReadClass::Corrupt, path, message));
    match begin {
        [b'r', b'o', b'o', b't', ..] => Ok(Kind::Root),
        [b'P', b'A', b'R', b'1', ..] => Ok(Kind::Parquet),
        [] => fail("the file is empty (0 bytes)"),
        _ if begin.starts_with(&lhco::GZIP) => match path.to_str().is_some_and(is_packed_lhco) {
            true => Ok(Kind::Lhco),
            false => fail("is compressed with gzip: unpack it first"),
        },
        _ if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("lhco")) => Ok(Kind::Lhco),
        _ => fail("is neither a ROOT nor a Parquet file"),
    }
}
