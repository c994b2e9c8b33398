//! RNTuples: the format of ROOT 6.36 and later, version 1 (`tree/ntuple/doc/BinaryFormatSpecification.md` of ROOT).
//!
//! `blob` and `bytes` read the anchor and envelopes, `schema` the fields and columns, `clusters` where the pages are,
//! `fields` makes branches of the fields, `read` and `pages` (with `encoding`) make values of the pages, `places` lists these;
//! `shared` keeps what several parts of a cluster need.

mod blob;
mod bytes;
mod clusters;
mod encoding;
mod fields;
mod pages;
mod places;
mod read;
mod schema;
mod shared;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use blob::{Anchor, Envelope, Kind};
use clusters::{Cluster, Footer};
use fields::{Origin, Values};
pub use places::PagePlace;
use read::{Parts, Reader};
use schema::{Schema, check_features};
pub(crate) use shared::PageEnds;
use shared::Shared;

use crate::basket::{Basket, Scratch};
use crate::branch::{Branch, BranchId, BranchKind, Element, Shape};
use crate::codec::{Codec, Decompressor};
use crate::column::{Column, gather};
use crate::error::{Error, Place};
use crate::file::File;
use crate::key::Key;
use crate::source::Source;

/// An RNTuple of an open file. Cloning shares it; it may be used from several threads at once.
///
/// Its fields are listed as branches, as a tree with the same content would have them. All branches are divided at the
/// same entries, those at which clusters begin.
#[derive(Clone, Debug)]
pub struct Ntuple {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    path: String,
    title: String,
    writer: String,
    cycle: i16,
    branches: Vec<Branch>,
    origins: Vec<Origin>,
    names: HashMap<String, BranchId>,
    schema: Schema,
    clusters: Vec<Cluster>,
    borders: Vec<u64>,
    parts: Vec<u64>,
    max_key: u64,
    serial: u64,
    shared: Shared,
}

/// Entries of a part of a cluster: a column of floats has eight in a page, and the values of a few columns are in the second
/// cache of a core while they are used.
const PART: u64 = 32_768;
/// Parts of a cluster for each of its pages, at most: a damaged file may announce any number of entries.
const PARTS_PER_PAGE: u64 = 64;

/// The number of entries of an RNTuple, without its fields.
pub(crate) fn entries(source: &Source, key: &Key, decompressor: &mut Decompressor) -> Result<u64, Error> {
    let anchor = Anchor::read(source, key, decompressor)?;
    let footer = Footer::read(source, &anchor, None, decompressor)?;
    footer.entries().ok_or_else(|| Error::corrupt(Place::at(key.offset), "the RNTuple has too many entries"))
}

impl Ntuple {
    pub(crate) fn read(file: File, key: &Key) -> Result<Ntuple, Error> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let source = file.source();
        let decompressor = &mut Decompressor::default();
        let anchor = Anchor::read(source, key, decompressor)?;
        let header = Envelope::read(source, anchor.header, Kind::Header, anchor.max_key, decompressor)?;
        let mut bytes = header.payload();
        check_features(&mut bytes)?;
        let (_name, title, writer) = (bytes.string()?, bytes.string()?, bytes.string()?);
        let mut schema = Schema::default();
        schema.extend(&mut bytes)?;
        let footer = Footer::read(source, &anchor, Some((&mut schema, header.checksum)), decompressor)?;
        let clusters = footer.clusters(source, &anchor, header.checksum, decompressor)?;
        let (mut branches, origins) = fields::branches(&schema);
        let sizes = sizes(&schema, &clusters);
        for (branch, origin) in branches.iter_mut().zip(&origins) {
            let (Values::Numbers(columns) | Values::Sizes(columns)) = &origin.values else { continue };
            for size in columns.iter().filter_map(|column| sizes.get(*column)) {
                if branch.packed_bytes == 0 {
                    branch.codec = size.codec;
                }
                branch.packed_bytes = branch.packed_bytes.saturating_add(size.packed);
                branch.unpacked_bytes = branch.unpacked_bytes.saturating_add(size.unpacked);
            }
        }
        let mut borders = vec![0];
        borders.extend(clusters.iter().map(|cluster| cluster.first + cluster.entries));
        // What is elsewhere is fetched by clusters.
        let is_at_hand = source.is_at_hand();
        let mut parts = vec![0];
        for cluster in &clusters {
            let parts_at_most = PARTS_PER_PAGE.saturating_mul(cluster.page_count() as u64).max(1);
            let most = if is_at_hand { PART.max(cluster.entries.div_ceil(parts_at_most)) } else { u64::MAX };
            let end = cluster.first + cluster.entries;
            while parts.last().is_some_and(|begin| end - begin > most) {
                parts.extend(parts.last().map(|begin| begin + most));
            }
            parts.push(end);
        }
        let mut names = HashMap::with_capacity(branches.len());
        for branch in &branches {
            names.entry(branch.path.clone()).or_insert(branch.id);
        }
        for branch in &branches {
            names.entry(branch.name.clone()).or_insert(branch.id);
        }
        let (path, cycle, max_key) = (key.path.clone(), key.cycle, anchor.max_key);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let inner = Inner {
            file,
            path,
            title,
            writer,
            cycle,
            branches,
            origins,
            names,
            schema,
            clusters,
            borders,
            parts,
            max_key,
            serial,
            shared: Shared::default(),
        };
        Ok(Ntuple { inner: Arc::new(inner) })
    }

    /// The file that it is in.
    pub fn file(&self) -> &File {
        &self.inner.file
    }

    /// Directories and name, joined by `/`.
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// Its description.
    pub fn title(&self) -> &str {
        &self.inner.title
    }

    /// The program that wrote it, such as `ROOT v6.40.00`.
    pub fn writer(&self) -> &str {
        &self.inner.writer
    }

    /// The cycle of its key.
    pub fn cycle(&self) -> i16 {
        self.inner.cycle
    }

    /// The number of entries.
    pub fn entries(&self) -> u64 {
        self.inner.borders.last().copied().unwrap_or(0)
    }

    /// All fields as branches, lists of records before their members. Members of untyped collections that projected
    /// fields show under other names (`Muon_pt` for `_collection0.Muon_pt`) are listed under these only.
    pub fn branches(&self) -> &[Branch] {
        &self.inner.branches
    }

    /// A branch by its path (`jets/pt`) or by its name (`jets.pt`); of several the first.
    pub fn branch(&self, name: &str) -> Option<&Branch> {
        self.inner.names.get(name).and_then(|id| self.inner.branches.get(id.index()))
    }

    /// Lets go of memory that can be had again from the file: nothing of it will be read soon.
    pub fn rest(&self) {
        self.inner.shared.clear();
        self.file().rest();
    }

    /// The entries at which clusters begin, and after the last one the number of entries: of every branch, part `i` of
    /// [`Ntuple::read_basket`] holds entries `borders[i]..borders[i + 1]`. Strictly increasing from 0.
    pub fn borders(&self) -> &[u64] {
        &self.inner.borders
    }

    /// The same for parts of clusters: large ones are divided, so that not all of them is in memory at once. Part `i` of
    /// [`Ntuple::read_part`] holds entries `parts[i]..parts[i + 1]`.
    pub fn parts(&self) -> &[u64] {
        &self.inner.parts
    }

    /// The cluster that a part is of.
    pub fn cluster_of(&self, part: usize) -> usize {
        let first = self.inner.parts.get(part).copied().unwrap_or(u64::MAX);
        self.inner.borders.partition_point(|border| *border <= first).saturating_sub(1)
    }

    /// Reads and decodes what a part of a cluster holds of a branch. Parts are numbered as in [`Ntuple::parts`].
    ///
    /// # Errors
    /// Those of [`Ntuple::read_basket`].
    pub fn read_part(&self, branch: BranchId, part: usize, scratch: &mut Scratch) -> Result<Basket, Error> {
        match self.inner.parts.get(part..).and_then(|rest| rest.first_chunk::<2>()) {
            Some([from, to]) => self.read_range(branch, *from..*to, scratch),
            None => Err(Error::missing(format!("RNTuple {:?} has no part {part}", self.path()))),
        }
    }

    /// Reads and decodes what a branch has in some entries, all of which are in the same cluster.
    ///
    /// # Errors
    /// Those of [`Ntuple::read_basket`]; [`Error::Missing`] if no cluster has all of the entries.
    pub fn read_range(&self, branch: BranchId, entries: Range<u64>, scratch: &mut Scratch) -> Result<Basket, Error> {
        let (element, _) = self.values_of(branch)?;
        let cluster = self.inner.borders.partition_point(|border| *border <= entries.start).saturating_sub(1);
        let first = self.inner.borders.get(cluster).copied().unwrap_or(0);
        if entries.is_empty() || self.inner.borders.get(cluster + 1).is_none_or(|end| *end < entries.end) {
            return Err(Error::missing(format!("RNTuple {:?} has no cluster with {entries:?}", self.path())));
        }
        let entries = (entries.start - first) as usize..(entries.end - first) as usize;
        self.read_entries(branch, cluster, entries, element, scratch)
    }

    /// Reads and decodes what one cluster holds of a branch. Clusters are numbered as in [`Ntuple::borders`].
    ///
    /// # Errors
    /// [`Error::Missing`] for a number out of range, [`Error::Unsupported`] with the branch's reason for a branch that
    /// is not read, [`Error::Truncated`] and [`Error::Corrupt`] for damage, also of checksums.
    pub fn read_basket(&self, branch: BranchId, cluster: usize, scratch: &mut Scratch) -> Result<Basket, Error> {
        let (element, _) = self.values_of(branch)?;
        self.read_cluster(branch, cluster, element, scratch)
    }

    /// The same of any branch that has columns, of texts too.
    pub(crate) fn read_cluster(
        &self,
        branch: BranchId,
        cluster: usize,
        element: Element,
        scratch: &mut Scratch,
    ) -> Result<Basket, Error> {
        let entries = self.inner.clusters.get(cluster).map_or(0, |stored| stored.entries);
        self.read_entries(branch, cluster, 0..entries as usize, element, scratch)
    }

    fn read_entries(
        &self,
        branch: BranchId,
        cluster: usize,
        entries: Range<usize>,
        element: Element,
        scratch: &mut Scratch,
    ) -> Result<Basket, Error> {
        let name = || self.inner.branches.get(branch.index()).map_or("?", |b| b.path.as_str());
        let located = |e: Error| e.in_branch(name()).in_file(self.inner.file.path());
        let parts = (self.inner.clusters.get(cluster), self.inner.origins.get(branch.index()));
        let (Some(stored), Some(origin)) = parts else {
            return Err(Error::missing(format!("branch {} has no cluster {cluster}", name())));
        };
        let reader = Reader {
            source: self.inner.file.source(),
            schema: &self.inner.schema,
            cluster: stored,
            entries: entries.clone(),
            number: cluster,
            serial: self.inner.serial,
            max_key: self.inner.max_key,
            shared: &self.inner.shared,
        };
        let Parts { mut buffer, starts, inner } = reader.read(origin, element, scratch).map_err(located)?;
        let len = buffer.seal();
        let is_counted = self.is_counted(branch);
        Ok(Basket {
            first_entry: stored.first + entries.start as u64,
            entries: entries.len(),
            element,
            len,
            buffer,
            per_entry: if starts.is_some() { 0 } else { origin.repeat },
            starts,
            inner,
            is_counted,
        })
    }

    /// Whether the counter of a branch is a view of the same column as its lists.
    fn is_counted(&self, branch: BranchId) -> bool {
        let kind = self.inner.branches.get(branch.index()).map(|b| &b.kind);
        let Some(BranchKind::Values { shape: Shape::Counted { counter, per: 1 }, .. }) = kind else { return false };
        let origin = |branch: BranchId| self.inner.origins.get(branch.index());
        match (origin(branch).map(|o| o.lists.as_slice()), origin(*counter).map(|o| &o.values)) {
            (Some([list]), Some(Values::Sizes(columns))) => list.columns == *columns,
            _ => false,
        }
    }

    /// Reads a whole branch.
    ///
    /// # Errors
    /// Those of [`Ntuple::read_basket`].
    pub fn read_branch(&self, branch: BranchId) -> Result<Column, Error> {
        let mut scratch = Scratch::default();
        let values = self.values_of(branch)?;
        gather(values, self.entries(), self.inner.clusters.len(), |i| self.read_basket(branch, i, &mut scratch))
    }

    fn values_of(&self, branch: BranchId) -> Result<(Element, Shape), Error> {
        match self.inner.branches.get(branch.index()).map(|b| (&b.path, &b.kind)) {
            Some((_, BranchKind::Values { element, shape })) => Ok((*element, *shape)),
            Some((path, BranchKind::Texts { .. })) => {
                let error = Error::unsupported(Place::default(), "it holds text");
                Err(error.in_branch(path).in_file(self.inner.file.path()))
            }
            Some((path, BranchKind::Unsupported(why))) => {
                let error = Error::unsupported(Place::default(), why.clone());
                Err(error.in_branch(path).in_file(self.inner.file.path()))
            }
            None => Err(Error::missing(format!("RNTuple {:?} has no branch number {}", self.path(), branch.0))),
        }
    }
}

/// How large a column is, and how it is compressed.
struct Size {
    packed: u64,
    unpacked: u64,
    codec: Codec,
}

fn sizes(schema: &Schema, clusters: &[Cluster]) -> Vec<Size> {
    let size = |(number, column): (usize, &schema::Column)| {
        let bits = column.encoding.bits().unwrap_or(0) as u64;
        let mut size = Size { packed: 0, unpacked: 0, codec: Codec::None };
        for cluster in clusters {
            if size.packed == 0 {
                size.codec = cluster.codec(number).unwrap_or(size.codec);
            }
            for page in cluster.pages(number).unwrap_or_default() {
                size.packed = size.packed.saturating_add(page.packed);
                size.unpacked = size.unpacked.saturating_add(u64::from(page.elements).saturating_mul(bits).div_ceil(8));
            }
        }
        size
    };
    schema.columns.iter().enumerate().map(size).collect()
}
