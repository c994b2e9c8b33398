//! A tree and its branches.
//!
//! `objects` reads the tree record as it is (`pointer` its pointers), `layout` says what each branch holds (with `types`,
//! `packed` and the class descriptions of `streamers`; `object` and its `step`s for what is not split), `baskets` where it is.

mod basket_head;
mod baskets;
mod layout;
mod object;
pub(crate) mod objects;
mod packed;
mod pointer;
mod step;
mod streamers;
mod types;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use basket_head::BasketHead;
pub(crate) use baskets::BasketPlace;
use baskets::Baskets;
pub(crate) use layout::{Described, Layout};
use object::{Classes, Found};

pub use objects::Friend;
use objects::RawTree;
pub(crate) use packed::unpack;
pub(crate) use step::{Each, List, ListHead, Step, Way};
pub(crate) use streamers::Streamers;

use crate::branch::{Branch, BranchId, BranchKind, Element, Shape};
use crate::codec::{Codec, Decompressor};
use crate::cursor::Cursor;
use crate::error::{Error, Place};
use crate::file::File;
use crate::key::Key;
use crate::source::Source;

/// More leaves than this in one branch are not listed.
const MAX_LEAVES: usize = 1000;

/// A tree of an open file. Cloning shares it; it may be used from several threads at once.
#[derive(Clone, Debug)]
pub struct Tree {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    path: String,
    title: String,
    cycle: i16,
    entries: u64,
    branches: Vec<Branch>,
    columns: Vec<ColumnSource>,
    names: HashMap<String, BranchId>,
    friends: Vec<Friend>,
    /// The decompressed tree record if baskets are in it, and where it is in the file.
    record: Vec<u8>,
    record_at: u64,
    serial: u64,
}

/// How to read a branch; empty for branches that are not read.
#[derive(Debug, Default)]
pub(crate) struct ColumnSource {
    pub described: Option<Described>,
    pub baskets: Baskets,
}

/// The number of entries of a tree, without its branches.
pub(crate) fn entries(source: &Source, key: &Key, decompressor: &mut Decompressor) -> Result<u64, Error> {
    let at = key.offset;
    let record = key.record(source)?;
    let object = key.object(&record, decompressor)?;
    let n = objects::read_entries(&mut Cursor::in_record(object, at), &key.class)?;
    count(n, at)
}

fn count(entries: i64, at: u64) -> Result<u64, Error> {
    u64::try_from(entries).map_err(|_| Error::corrupt(Place::at(at), format!("the tree has {entries} entries")))
}

impl Tree {
    pub(crate) fn read(file: File, key: &Key) -> Result<Tree, Error> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let mut record = key.object(&key.record(file.source())?, &mut Decompressor::default())?.to_vec();
        let cursor = Cursor::in_record(&record, key.offset);
        let raw = objects::read_tree(cursor, usize::from(key.key_bytes), &key.class)?;
        let entries = count(raw.entries, key.offset)?;
        // Plain branches tell their types themselves; only objects need the class descriptions.
        let has_objects = raw.branches.iter().any(|branch| branch.element.is_some());
        let streamers = if has_objects { file.streamers()? } else { Streamers::default() };
        let (branches, columns) = flatten(&raw, &streamers, entries);
        if raw.branches.iter().all(|branch| branch.embedded.is_empty()) {
            record = Vec::new();
        }
        let mut names = HashMap::with_capacity(branches.len());
        for branch in &branches {
            names.entry(branch.path.clone()).or_insert(branch.id);
        }
        for branch in &branches {
            names.entry(branch.name.clone()).or_insert(branch.id);
        }
        let inner = Inner {
            file,
            path: key.path.clone(),
            title: raw.title,
            cycle: key.cycle,
            entries,
            branches,
            columns,
            names,
            friends: raw.friends,
            record,
            record_at: key.offset,
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
        };
        Ok(Tree { inner: Arc::new(inner) })
    }

    /// The file that it is in.
    pub fn file(&self) -> &File {
        &self.inner.file
    }

    /// Directories and name, joined by `/`.
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.inner.title
    }

    /// The cycle of its key.
    pub fn cycle(&self) -> i16 {
        self.inner.cycle
    }

    /// The number of entries.
    pub fn entries(&self) -> u64 {
        self.inner.entries
    }

    /// All branches, flattened: parents before children, in the order of the file.
    pub fn branches(&self) -> &[Branch] {
        &self.inner.branches
    }

    /// A branch by its path (`Jet/Jet.PT`) or, if no path matches, by its name (`Jet.PT`); of several the first.
    pub fn branch(&self, name: &str) -> Option<&Branch> {
        self.inner.names.get(name).and_then(|id| self.inner.branches.get(id.index()))
    }

    /// The trees that are its friends, as it says. This crate does not open them.
    pub fn friends(&self) -> &[Friend] {
        &self.inner.friends
    }

    /// The entries at which baskets begin, and after the last one the number of entries of the tree: basket `i` holds
    /// entries `borders[i]..borders[i + 1]`. Strictly increasing from 0. Only `[0]` for branches that are not read and
    /// for empty trees.
    pub fn borders(&self, branch: BranchId) -> &[u64] {
        match self.inner.columns.get(branch.index()) {
            Some(column) if !column.baskets.borders.is_empty() => &column.baskets.borders,
            Some(_) | None => &[0],
        }
    }

    pub(crate) fn column(&self, branch: BranchId) -> Option<&ColumnSource> {
        self.inner.columns.get(branch.index())
    }

    pub(crate) fn record(&self) -> (&[u8], u64) {
        (&self.inner.record, self.inner.record_at)
    }

    /// Differs between any two trees that are opened in one process.
    pub(crate) fn serial(&self) -> u64 {
        self.inner.serial
    }
}

/// A branch of the flat list: one of the record, one leaf of such a branch, or a number inside its objects.
struct Entry {
    branch: usize,
    leaf: Option<usize>,
    /// A number inside its objects.
    inside: Option<Found>,
    parent: Option<usize>,
}

/// The branches in order, parents first, and how to read each.
fn flatten(raw: &RawTree, streamers: &Streamers, entries: u64) -> (Vec<Branch>, Vec<ColumnSource>) {
    let mut order: Vec<Entry> = Vec::with_capacity(raw.branches.len());
    let mut ids = vec![None; raw.branches.len()];
    let classes = Classes::new(streamers);
    let nameless = layout::Source { tree: raw, streamers, classes: &classes, ids: &[] };
    let mut todo: Vec<(usize, Option<usize>)> = raw.top.iter().rev().map(|i| (*i, None)).collect();
    while let Some((branch, parent)) = todo.pop() {
        // A branch listed twice would be a loop.
        if ids[branch].is_some() {
            continue;
        }
        let number = order.len();
        ids[branch] = Some(BranchId(number as u32));
        let raw = &raw.branches[branch];
        let mut inside = nameless.inside(raw);
        // What has no name of its own is the branch itself.
        let own = inside.pop_if(|found| found.name.is_empty());
        order.push(Entry { branch, leaf: None, inside: own, parent });
        let below = |leaf, inside| Entry { branch, leaf, inside, parent: Some(number) };
        if (2..=MAX_LEAVES).contains(&raw.leaves.len()) {
            order.extend((0..raw.leaves.len()).map(|leaf| below(Some(leaf), None)));
        }
        order.extend(inside.into_iter().map(|found| below(None, Some(found))));
        todo.extend(raw.branches.iter().rev().map(|child| (*child, Some(number))));
    }
    let source = layout::Source { tree: raw, streamers, classes: &classes, ids: &ids };
    let mut branches: Vec<Branch> = Vec::with_capacity(order.len());
    let mut columns = Vec::with_capacity(order.len());
    for (number, entry) in order.iter().enumerate() {
        let is_parent = order.get(number + 1).is_some_and(|next| next.inside.is_some() && next.branch == entry.branch);
        let (branch, column) = column(&source, entry, is_parent, &branches, entries);
        branches.push(branch);
        columns.push(column);
    }
    require_counters(&mut branches, &mut columns);
    (branches, columns)
}

fn column(
    source: &layout::Source<'_>,
    entry: &Entry,
    is_parent: bool,
    before: &[Branch],
    entries: u64,
) -> (Branch, ColumnSource) {
    let raw = &source.tree.branches[entry.branch];
    let leaf = entry.leaf.and_then(|i| Some((i, source.tree.leaves.get(*raw.leaves.get(i)?)?)));
    let described = match (leaf, &entry.inside) {
        (Some((i, _)), _) => source.describe_leaf_of(raw, i),
        (None, Some(found)) => source.describe_inside(raw, found),
        (None, None) if is_parent => Err("it holds objects, whose members are listed below it".to_string()),
        (None, None) => source.describe(raw),
    };
    let found = described.and_then(|described| {
        // Of entries before the first that it has, lists are empty and real numbers missing.
        let is_blank = described.shape.is_jagged() || matches!(described.element, Element::F32 | Element::F64);
        if raw.first_entry != 0 && entries > 0 && !is_blank && !source.is_counter(raw) {
            return Err(format!("it begins at entry {}, and has no value before", raw.first_entry));
        }
        Ok((described, baskets::locate(raw, entries)?))
    });
    let (kind, column) = match found {
        Ok((described, baskets)) => {
            let kind = match described.layout {
                Layout::Texts(layout) if layout.is_list() => BranchKind::Texts { shape: Shape::Vector },
                Layout::Texts(_) => BranchKind::Texts { shape: Shape::Scalar },
                _ => BranchKind::Values { element: described.element, shape: described.shape },
            };
            (kind, ColumnSource { described: Some(described), baskets })
        }
        Err(reason) => (BranchKind::Unsupported(reason), ColumnSource::default()),
    };
    let inside = entry.inside.as_ref().filter(|found| !found.name.is_empty());
    // An array of objects has its size in its name.
    let stem = raw.name.split_once('[').map_or(raw.name.as_str(), |(stem, _)| stem).trim_end_matches('.');
    let own_name = match (leaf, inside) {
        (Some((_, leaf)), _) => leaf.name.clone(),
        (None, Some(found)) => format!("{stem}.{}", found.name),
        (None, None) => raw.name.clone(),
    };
    let path = match entry.parent.and_then(|p| before.get(p)) {
        Some(parent) => format!("{}/{own_name}", parent.path),
        None => own_name.clone(),
    };
    let (title, type_name) = match (leaf, inside) {
        (Some((_, leaf)), _) => (leaf.title.clone(), leaf.class.clone()),
        (None, Some(found)) => (found.title.clone(), found.type_name.clone()),
        (None, None) => (raw.title.clone(), source.type_name(raw)),
    };
    let branch = Branch {
        id: BranchId(before.len() as u32),
        name: leaf.map_or(own_name, |(_, leaf)| format!("{}.{}", raw.name, leaf.name)),
        path,
        title,
        type_name,
        parent: entry.parent.map(|p| BranchId(p as u32)),
        kind,
        codec: Codec::of_settings(raw.compress),
        packed_bytes: raw.zip_bytes.max(0) as u64,
        unpacked_bytes: raw.total_bytes.max(0) as u64,
    };
    (branch, column)
}

/// A counter must be readable and a whole number, else what it counts is not readable either.
fn require_counters(branches: &mut [Branch], columns: &mut [ColumnSource]) {
    for i in 0..branches.len() {
        let Some((_, Shape::Counted { counter, .. })) = branches[i].values() else {
            continue;
        };
        let reason = match branches.get(counter.index()).map(|c| (&c.path, c.values())) {
            Some((_, Some((Element::F32 | Element::F64, _)))) | None => "its counter is no integer".to_string(),
            Some((_, Some((_, Shape::Scalar)))) => continue,
            Some((path, _)) => format!("its counter {path} cannot be read"),
        };
        branches[i].kind = BranchKind::Unsupported(reason);
        columns[i] = ColumnSource::default();
    }
}
