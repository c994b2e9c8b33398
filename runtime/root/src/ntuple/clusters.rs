//! Where the pages of each column are, cluster by cluster (RNTuple format specification, "Footer Envelope", "Page List
//! Envelope").

use std::ops::Range;

use super::blob::{Anchor, CHECKSUM, Envelope, Kind};
use super::bytes::{Bytes, Link, Locator};
use super::schema::{Schema, check_features};
use crate::codec::{Codec, Decompressor};
use crate::error::{Error, Place};
use crate::source::Source;

/// A stretch of entries whose values are stored together.
#[derive(Debug)]
pub(super) struct Cluster {
    pub first: u64,
    pub entries: u64,
    /// By number; a column that was added later is not there.
    columns: Vec<Stored>,
    pages: Vec<Page>,
}

/// A column in a cluster.
#[derive(Clone, Debug)]
struct Stored {
    pages: Range<usize>,
    /// None if another representation holds the values.
    settings: Option<u32>,
}

/// A page: some elements of a column, compressed by themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub offset: u64,
    pub packed: u64,
    pub elements: u32,
    /// Whether a checksum stands behind it.
    pub checked: bool,
    /// The type of its locator, if it is none of a file.
    pub elsewhere: Option<u8>,
}

impl Page {
    /// The bytes of the file that it takes; none if it is elsewhere.
    pub(super) fn bytes(&self) -> Option<Range<u64>> {
        let checksum = if self.checked { CHECKSUM as u64 } else { 0 };
        let end = self.offset.saturating_add(self.packed).saturating_add(checksum);
        self.elsewhere.is_none().then_some(self.offset..end)
    }
}

impl Cluster {
    /// The pages of a column in this cluster; none if it has no values here.
    pub(super) fn pages(&self, column: usize) -> Option<&[Page]> {
        let stored = self.columns.get(column).filter(|stored| stored.settings.is_some())?;
        self.pages.get(stored.pages.clone())
    }

    /// The number of pages of all columns.
    pub(super) fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The codec that the pages of a column were written with.
    pub(super) fn codec(&self, column: usize) -> Option<Codec> {
        let settings = self.columns.get(column)?.settings?;
        Some(Codec::of_settings(i32::try_from(settings).unwrap_or(0)))
    }
}

/// The footer: what was added to the schema, and where the lists of pages are.
#[derive(Debug, Default)]
pub(super) struct Footer {
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    entries: u64,
    clusters: usize,
    pages: Link,
}

impl Footer {
    /// Reads the footer; the additions to the schema go into `schema`, if one is given.
    pub(super) fn read(
        source: &Source,
        anchor: &Anchor,
        header: Option<(&mut Schema, u64)>,
        decompressor: &mut Decompressor,
    ) -> Result<Footer, Error> {
        let envelope = Envelope::read(source, anchor.footer, Kind::Footer, anchor.max_key, decompressor)?;
        let mut bytes = envelope.payload();
        check_features(&mut bytes)?;
        let place = bytes.clone();
        let checksum = bytes.u64()?;
        let mut extension = bytes.record()?;
        if let Some((schema, expected)) = header {
            if checksum != expected {
                return Err(place.corrupt("the footer belongs to another header"));
            }
            // An empty record means that nothing was added.
            if extension.remaining() > 0 {
                schema.extend(&mut extension)?;
            }
            schema.connect(&place)?;
        }
        let mut list = bytes.list()?;
        let mut groups = vec![];
        for _ in 0..list.items {
            let mut record = list.bytes.record()?;
            record.u64()?;
            let entries = record.u64()?;
            groups.push(Group { entries, clusters: record.u32()? as usize, pages: record.link()? });
        }
        // What follows, attribute sets, is about the data and not of them.
        Ok(Footer { groups })
    }

    /// The number of entries; none if they are more than a number can say.
    pub(super) fn entries(&self) -> Option<u64> {
        self.groups.iter().try_fold(0_u64, |sum, group| sum.checked_add(group.entries))
    }

    /// Reads all lists of pages: the clusters that have entries, in order, without gaps.
    pub(super) fn clusters(
        &self,
        source: &Source,
        anchor: &Anchor,
        header: u64,
        decompressor: &mut Decompressor,
    ) -> Result<Vec<Cluster>, Error> {
        let mut clusters = vec![];
        for group in &self.groups {
            let envelope = Envelope::read(source, group.pages, Kind::Pages, anchor.max_key, decompressor)?;
            let before = clusters.len();
            read_pages(&mut envelope.payload(), header, &mut clusters)?;
            if clusters.len() - before != group.clusters {
                let what = format!("{} clusters where {} are announced", clusters.len() - before, group.clusters);
                return Err(Error::corrupt(Place::at(group.pages.offset), what));
            }
        }
        clusters.retain(|cluster| cluster.entries > 0);
        clusters.sort_by_key(|cluster| cluster.first);
        let mut next = 0_u64;
        for cluster in &clusters {
            if cluster.first != next {
                let what = format!("a cluster begins at entry {} where {next} comes next", cluster.first);
                return Err(Error::corrupt(Place::at(anchor.footer.offset), what));
            }
            next = next.saturating_add(cluster.entries);
        }
        match self.entries() == Some(next) {
            true => Ok(clusters),
            false => {
                Err(Error::corrupt(Place::at(anchor.footer.offset), format!("the clusters end with entry {next}")))
            }
        }
    }
}

/// Reads a list of pages and adds its clusters.
fn read_pages(bytes: &mut Bytes<'_>, header: u64, clusters: &mut Vec<Cluster>) -> Result<(), Error> {
    const SHARDED: u64 = 1;
    if bytes.u64()? != header {
        return Err(bytes.corrupt("a list of pages belongs to another header"));
    }
    let mut list = bytes.list()?;
    let mut spans = Vec::new();
    for _ in 0..list.items {
        let mut record = list.bytes.record()?;
        let (first, word) = (record.u64()?, record.u64()?);
        let (entries, flags) = (word & ((1 << 56) - 1), word >> 56);
        if flags & SHARDED != 0 {
            return Err(Error::unsupported(record.place(), "a cluster that holds only some of the columns"));
        }
        spans.push((first, entries));
    }
    let mut list = bytes.list()?;
    if list.items != spans.len() {
        return Err(bytes.corrupt(format!("pages of {} clusters, {} are described", list.items, spans.len())));
    }
    for (first, entries) in spans {
        let mut columns = list.bytes.list()?;
        let mut cluster = Cluster { first, entries, columns: Vec::new(), pages: Vec::new() };
        for _ in 0..columns.items {
            let mut inner = columns.bytes.list()?;
            let begin = cluster.pages.len();
            for _ in 0..inner.items {
                cluster.pages.push(read_page(&mut inner.bytes)?);
            }
            let suppressed = inner.bytes.i64()? < 0;
            let settings = if suppressed { None } else { Some(inner.bytes.u32()?) };
            cluster.columns.push(Stored { pages: begin..cluster.pages.len(), settings });
        }
        clusters.push(cluster);
    }
    Ok(())
}

fn read_page(bytes: &mut Bytes<'_>) -> Result<Page, Error> {
    let elements = bytes.i32()?;
    let (offset, packed, elsewhere) = match bytes.locator()? {
        Locator::File { offset, size } => (offset, size, None),
        Locator::Other(kind) => (0, 0, Some(kind)),
    };
    Ok(Page { offset, packed, elements: elements.unsigned_abs(), checked: elements < 0, elsewhere })
}
