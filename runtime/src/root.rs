//! ROOT files: the trees and RNTuples of `adl_root` as columns. A segment is a basket, or what a cluster has of a branch.

mod events;
mod friends;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adl_root::{Branch, BranchId, BranchKind, Element, Error, File, Shape as RootShape, Texts};

use self::events::Events;
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::remote::Blocks;
use crate::schema::{Column, ElementType, FileSchema, Shape};

/// A tree or an RNTuple of an open ROOT file, with its friends.
pub struct RootFile {
    path: PathBuf,
    size: u64,
    uuid: String,
    /// The tree and its friends: entry by entry they are one.
    events: Vec<Events>,
    schema: FileSchema,
    /// Per column: which of them, which branch.
    branches: Vec<(usize, BranchId)>,
    /// The bytes of the files on servers, by the names of the files: those of this file, and of its friends.
    remote: Vec<(PathBuf, Arc<Blocks>)>,
}

/// Opens the file of a friend, by the name that the tree has for it; of a file on a server with its bytes.
pub(crate) type OpenFriend<'a> = &'a dyn Fn(&str) -> Result<(File, Option<Arc<Blocks>>), String>;

impl RootFile {
    /// Opens a tree or an RNTuple of a file; see [`crate::reader::open`] for which.
    ///
    /// # Errors
    /// As [`crate::reader::open`].
    pub fn open(path: &Path, tree: Option<&str>, candidates: &[&str]) -> Result<RootFile, ReadError> {
        RootFile::of(path, File::open(path), tree, candidates, &|name| beside(path, name))
    }

    /// The same for a file on a server.
    ///
    /// # Errors
    /// As [`crate::reader::open`].
    pub fn remote(
        path: &Path,
        bytes: Arc<Blocks>,
        tree: Option<&str>,
        candidates: &[&str],
        friend: OpenFriend<'_>,
    ) -> Result<RootFile, ReadError> {
        let mut opened = RootFile::of(path, File::from_reader(path, bytes.clone()), tree, candidates, friend)?;
        opened.remote.push((path.to_path_buf(), bytes));
        Ok(opened)
    }

    /// The same for an opened file; `path` stands for it in messages.
    pub(crate) fn of(
        path: &Path,
        file: Result<File, Error>,
        tree: Option<&str>,
        candidates: &[&str],
        friend: OpenFriend<'_>,
    ) -> Result<RootFile, ReadError> {
        let file = file.map_err(|e| failed(path, &e))?;
        let name = choose(path, &file, tree, candidates)?;
        let friends::Joined { events, columns, branches, remote } = friends::join(path, &file, &name, friend)?;
        let (format, entries) = events.first().map_or(("TTree", 0), |first| (first.format(), first.entries()));
        let schema = FileSchema { format, tree: name, events: entries, columns: columns.into() };
        let (size, uuid) = (file.size(), file.uuid().to_string());
        // Of many files, all are opened before the first is read.
        events.iter().for_each(|events| events.file().rest());
        Ok(RootFile { path: path.to_path_buf(), size, uuid, events, schema, branches, remote })
    }

    /// Where a column is.
    fn branch(&self, column: usize) -> Option<(&Events, BranchId)> {
        let &(place, branch) = self.branches.get(column)?;
        Some((self.events.get(place)?, branch))
    }
}

impl FileReader for RootFile {
    fn is_opened_again(&self) -> bool {
        !self.is_remote()
    }

    fn codec(&self, column: usize) -> String {
        // From a server, a look at each column's first basket would take longer than reading the columns that are used.
        let here = self.branch(column).filter(|_| self.remote.is_empty());
        let stored = here.and_then(|(events, branch)| events.codec(branch));
        stored.unwrap_or_else(|| self.schema.columns.get(column).map_or(String::new(), |c| c.codec.clone()))
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn uuid(&self) -> &str {
        &self.uuid
    }

    fn schema(&self) -> &FileSchema {
        &self.schema
    }

    fn borders(&self, column: usize) -> &[u64] {
        self.branch(column).map_or(&[], |(events, branch)| events.borders(branch))
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        let Some((events, branch)) = self.branch(column) else {
            return Err(ReadError::new(ReadClass::Schema, &self.path, format!("there is no column number {column}")));
        };
        let basket = events.read(branch, segment, &mut scratch.root).map_err(|e| failed(&self.path, &e))?;
        let damaged = || ReadError::new(ReadClass::Corrupt, &self.path, "lists of lists that do not follow each other");
        Segment::basket(basket).ok_or_else(damaged)
    }

    fn stored(&self, column: usize, segment: usize) -> u64 {
        self.branch(column).map_or(0, |(events, branch)| events.stored(branch, segment))
    }

    fn text_borders(&self, column: usize) -> &[u64] {
        self.branch(column).map_or(&[], |(events, branch)| events.text_borders(branch))
    }

    fn texts(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Texts, ReadError> {
        let Some((events, branch)) = self.branch(column) else {
            return Err(ReadError::new(ReadClass::Schema, &self.path, format!("there is no column number {column}")));
        };
        events.texts(branch, segment, &mut scratch.root).map_err(|e| failed(&self.path, &e))
    }

    fn tree(&self, name: &str) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        let file = self.events.first()?.file().clone();
        // The friends of such a tree, if it has any, are of no use.
        let opened = RootFile::of(&self.path, Ok(file), Some(name), &[], &|_| Err("it is not looked for".to_string()));
        let remote = self.remote.clone();
        Some(opened.map(|opened| Arc::new(RootFile { remote, ..opened }) as Arc<dyn FileReader>))
    }

    fn histograms(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<f64>>, ReadError> {
        let Some(file) = self.events.first().map(Events::file) else { return Ok(Vec::new()) };
        let keys = file.keys().iter().filter(|key| key.is_histogram() && wanted(&key.path));
        let paths: BTreeSet<&str> = keys.map(|key| key.path.as_str()).collect();
        paths.into_iter().map(|path| file.bins(path).map_err(|e| failed(&self.path, &e))).collect()
    }

    fn begins_anywhere(&self) -> bool {
        true
    }

    fn is_remote(&self) -> bool {
        !self.remote.is_empty()
    }

    fn announce(&self, segments: &[(usize, usize)]) -> bool {
        let mut is_room = true;
        for (path, bytes) in &self.remote {
            // A friend may be in another file.
            let places = segments.iter().flat_map(|(column, segment)| {
                let own = self.branch(*column).filter(|(events, _)| events.file().path() == path);
                own.map_or(vec![], |(events, branch)| events.bytes(branch, *segment))
            });
            is_room &= bytes.announce(places.collect());
        }
        is_room
    }

    fn rest(&self) {
        self.events.iter().for_each(Events::rest);
        self.remote.iter().for_each(|(_, bytes)| bytes.forget());
    }
}

/// The file of a friend of a tree in a file on a disk: named from where that one is.
fn beside(path: &Path, name: &str) -> Result<(File, Option<Arc<Blocks>>), String> {
    let other = path.parent().unwrap_or(Path::new("")).join(name);
    File::open(&other).map(|file| (file, None)).map_err(|e| e.to_string())
}

/// The paths of all trees and RNTuples of a file, each once, whether they can be read or not.
///
/// # Errors
/// As [`crate::reader::open`].
pub fn trees(path: &Path) -> Result<Vec<String>, ReadError> {
    trees_of(path, File::open(path))
}

/// The same of an opened file.
pub(crate) fn trees_of(path: &Path, file: Result<File, Error>) -> Result<Vec<String>, ReadError> {
    let file = file.map_err(|e| failed(path, &e))?;
    let mut paths: Vec<String> = Vec::new();
    for key in file.keys().iter().filter(|key| key.is_tree() || key.is_ntuple()) {
        if !paths.contains(&key.path) {
            paths.push(key.path.clone());
        }
    }
    Ok(paths)
}

/// The path of the tree to read.
fn choose(path: &Path, file: &File, tree: Option<&str>, candidates: &[&str]) -> Result<String, ReadError> {
    if let Some(name) = tree {
        return Ok(name.to_string());
    }
    let trees = Events::list(file);
    // A tree that cannot be read is not listed; another one must not take its place.
    let damage = |name: &str| Events::open(file, name).err().filter(|e| !matches!(e, Error::Missing { .. }));
    for &name in candidates {
        if trees.iter().any(|t| t.path == name) {
            return Ok(name.to_string());
        }
        if friends::belong_together(file, name) {
            return Ok(format!("*/{name}"));
        }
        if let Some(error) = damage(name) {
            return Err(failed(path, &error));
        }
    }
    let filled: Vec<&str> = trees.iter().filter(|t| t.entries > 0).map(|t| t.path.as_str()).collect();
    let message = match (filled.as_slice(), trees.as_slice()) {
        ([name], _) => return Ok((*name).to_string()),
        ([], [tree]) => return Ok(tree.path.clone()),
        ([], []) => {
            let damaged = file.keys().iter().find_map(|key| damage(&key.path));
            match damaged.as_ref().or(file.problems().first()) {
                Some(problem) => return Err(failed(path, problem)),
                None => "the file has no tree".to_string(),
            }
        }
        ([], _) => {
            let names: Vec<&str> = trees.iter().map(|t| t.path.as_str()).collect();
            format!("none of its trees has events; say which one to read: {}", names.join(", "))
        }
        (_, _) => format!("the file has several trees; say which one to read: {}", filled.join(", ")),
    };
    Err(ReadError::new(ReadClass::Schema, path, message))
}

/// A branch as a column of this name. The name is ROOT's, of a member of an unsplit struct with the names above it.
fn column(branch: &Branch, name: &str, names: &[String]) -> Column {
    let (element, shape, counter) = match &branch.kind {
        BranchKind::Texts { .. } => (ElementType::Bool, Shape::Unsupported("it holds text".to_string()), None),
        BranchKind::Unsupported(why) => (ElementType::Bool, Shape::Unsupported(why.clone()), None),
        BranchKind::Values { element, shape } => {
            let (shape, counter) = shaped(*shape, names);
            (stored(*element), shape, counter)
        }
    };
    let (name, title, codec) = (name.to_string(), branch.title.clone(), branch.codec.to_string());
    Column { name, element, shape, counter, title, codec }
}

/// The shape, and the name of the column with the sizes if it says how many values an event has.
fn shaped(shape: RootShape, names: &[String]) -> (Shape, Option<String>) {
    match shape {
        RootShape::Scalar => (Shape::Scalar, None),
        RootShape::Fixed(_) | RootShape::Vector => (Shape::List, None),
        RootShape::Counted { counter, per: 1 } => (Shape::List, names.get(counter.index()).cloned()),
        RootShape::Counted { .. } => (Shape::List, None),
        RootShape::Nested => (Shape::Lists, None),
        _ => (Shape::Unsupported("it holds lists more than two deep".to_string()), None),
    }
}

fn stored(element: Element) -> ElementType {
    match element {
        Element::Bool => ElementType::Bool,
        Element::I8 => ElementType::I8,
        Element::U8 => ElementType::U8,
        Element::I16 => ElementType::I16,
        Element::U16 => ElementType::U16,
        Element::I32 => ElementType::I32,
        Element::U32 => ElementType::U32,
        Element::I64 => ElementType::I64,
        Element::U64 => ElementType::U64,
        Element::F32 => ElementType::F32,
        Element::F64 => ElementType::F64,
    }
}

/// An error of the ROOT reader with the file's path in front.
fn failed(path: &Path, error: &Error) -> ReadError {
    let (class, message) = match error {
        Error::Open { reason, .. } => (ReadClass::Open, format!("cannot be opened: {reason}")),
        Error::Lost { reason } => (ReadClass::Open, reason.clone()),
        Error::NotRoot { reason, .. } => (ReadClass::Corrupt, format!("is not a ROOT file: {reason}")),
        Error::Truncated { .. } | Error::Corrupt { .. } => (ReadClass::Corrupt, plain(path, error)),
        Error::Unsupported { .. } | Error::Missing { .. } => (ReadClass::Schema, plain(path, error)),
        other => (ReadClass::Corrupt, plain(path, other)),
    };
    ReadError::new(class, path, message)
}

/// The text of an error without the path, which [`ReadError`] puts in front.
fn plain(path: &Path, error: &Error) -> String {
    let path = path.display().to_string();
    error.to_string().replace(&format!("{path}: "), "").replace(&format!("{path}, "), "")
}
