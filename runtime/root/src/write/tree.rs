//! Trees (`TTree` version 20): branches with one number per entry, with as many as another branch says, or with lists of
//! lists. Every [`TreeWriter::fill`] is a cluster: it writes one basket (`TBasket` version 3) per branch; the tree itself is written
//! at the end. Layouts follow ROOT 6.24 (`TBranch` version 13, `TLeaf` version 2).

use std::io::{Seek, Write};

use super::Error;
use super::buffer::Buffer;
use super::columns::{Branch, Column, Given, Lists, check_branches, check_columns};
use super::file::{Directory, FileWriter};
use super::nested;
use crate::{Element, Values};

/// What `TBasket` adds to the key of its record, in bytes.
const BASKET_HEAD: u16 = 19;
/// `kMustCleanup`, and the two bits of an object on the heap.
const TREE_BITS: u32 = 0x0300_0008;
/// `TBranch::kDoNotUseBufferMap` with the bits of an object on the heap.
const BRANCH_BITS: u32 = 0x0340_0000;
/// The bits of an object on the heap.
const ON_HEAP: u32 = 0x0300_0000;
/// The checksum of `ROOT::TIOFeatures`.
const IO_FEATURES: u32 = 0x1aa1_2f10;
/// Baskets that ROOT makes room for, at least.
const BASKETS: usize = 10;

/// A tree that is being written into a file.
pub struct TreeWriter {
    directory: Directory,
    name: String,
    title: String,
    branches: Vec<Filled>,
    entries: u64,
    /// Entries of each cluster.
    clusters: Vec<u64>,
}

/// A branch with what was written of it.
struct Filled {
    branch: Branch,
    /// The largest value of a counter.
    largest: i64,
    counts: bool,
    total_bytes: u64,
    zip_bytes: u64,
    /// Per basket: its bytes, and where it begins.
    baskets: Vec<(u32, u32)>,
}

impl TreeWriter {
    /// Begins a tree.
    ///
    /// # Errors
    ///
    /// [`Error::Tree`] if a counter is none, or two branches have one name.
    pub fn new(directory: Directory, name: &str, title: &str, branches: Vec<Branch>) -> Result<TreeWriter, Error> {
        check_branches(name, &branches)?;
        let counts: Vec<bool> = (0..branches.len()).map(|i| branches.iter().any(|b| b.counter() == Some(i))).collect();
        let filled =
            |(branch, counts)| Filled { branch, largest: 0, counts, total_bytes: 0, zip_bytes: 0, baskets: Vec::new() };
        let branches = branches.into_iter().zip(counts).map(filled).collect();
        Ok(TreeWriter {
            directory,
            name: name.to_string(),
            title: title.to_string(),
            branches,
            entries: 0,
            clusters: Vec::new(),
        })
    }

    /// Appends entries: a column for every branch.
    ///
    /// # Errors
    ///
    /// [`Error::Tree`] if the columns do not fit the branches or each other, [`Error::FileTooLarge`],
    /// [`Error::ObjectTooLarge`], [`Error::Io`].
    pub fn fill<W: Write + Seek>(&mut self, file: &mut FileWriter<W>, columns: &[Column<'_>]) -> Result<(), Error> {
        let Given { entries, counts: lengths } =
            check_columns(&self.name, self.branches.iter().map(|b| &b.branch), columns)?;
        if entries == 0 {
            return Ok(());
        }
        for (number, column) in columns.iter().enumerate() {
            let Some(filled) = self.branches.get_mut(number) else { continue };
            if let Some(Some(own)) = lengths.get(number) {
                filled.largest = own.iter().copied().fold(filled.largest, i64::max);
            }
            let head = file.basket_head(self.directory, &filled.branch.name, &self.name)?;
            let key_length = u32::from(head.length()?) + u32::from(BASKET_HEAD);
            let width = filled.branch.element.width();
            let (mut data, mut lists) = (Vec::new(), None);
            match (column, filled.branch.counter().and_then(|c| lengths.get(c)).and_then(Option::as_ref)) {
                (Column::Values(values), None) => big_endian(&mut data, values),
                (Column::Values(values), Some(lengths)) => {
                    big_endian(&mut data, values);
                    lists = Some(lengths.iter().map(|length| *length as usize * width).collect());
                }
                (Column::Nested { lists: outer, sizes, values }, _) => {
                    let mut plain = Vec::new();
                    big_endian(&mut plain, values);
                    lists = Some(nested::entries(&mut data, outer, sizes, &plain, width));
                }
            }
            let used = data.len();
            let mut size = width;
            if let Some(lists) = lists {
                // Where each entry begins, counted from the key, and where the last one ends.
                size = entries + 2;
                data.extend((entries as u32 + 1).to_be_bytes());
                let mut at = key_length;
                data.extend(at.to_be_bytes());
                for bytes in lists {
                    at = at.wrapping_add(bytes as u32);
                    data.extend(at.to_be_bytes());
                }
            }
            let numbers = [32_000, size as u32, entries as u32, key_length.saturating_add(used as u32)];
            let (seek, bytes) = file.append_basket(&head, numbers, &data)?;
            filled.total_bytes += u64::from(key_length) + data.len() as u64;
            filled.zip_bytes += u64::from(bytes);
            filled.baskets.push((bytes, seek));
        }
        self.entries += entries as u64;
        self.clusters.push(entries as u64);
        Ok(())
    }

    /// The entries so far.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Writes the tree.
    ///
    /// # Errors
    ///
    /// [`Error::Name`], [`Error::Duplicate`], [`Error::ObjectTooLarge`], [`Error::FileTooLarge`], [`Error::Io`].
    pub fn finish<W: Write + Seek>(self, file: &mut FileWriter<W>) -> Result<(), Error> {
        let size = self.branches.iter().map(|b| 500 + 20 * b.baskets.len()).sum();
        file.object(self.directory, "TTree", &self.name, &self.title, size, |buffer| self.encode(buffer))
    }

    fn encode(&self, buffer: &mut Buffer) {
        let total: u64 = self.branches.iter().map(|b| b.total_bytes).sum();
        let zip: u64 = self.branches.iter().map(|b| b.zip_bytes).sum();
        buffer.versioned(20, |buffer| {
            buffer.named(TREE_BITS, &self.name, &self.title);
            buffer.versioned(2, |buffer| buffer.i16s(&[602, 1, 1]));
            fill_attributes(buffer);
            buffer.versioned(2, |buffer| {
                buffer.i16s(&[1, 1]);
                buffer.f32s(&[1.0]);
            });
            // Entries; bytes in all, compressed, saved, flushed; weight.
            buffer.i64s(&[self.entries as i64, total as i64, zip as i64, 0, zip as i64]);
            buffer.f64s(&[1.0]);
            // Timer, scan, update, room for entry offsets; no ranges of clusters besides the regular ones.
            buffer.i32s(&[0, 25, 0, 1000, 0]);
            buffer.i64s(&[1_000_000_000_000, 1_000_000_000_000, 0, -300_000_000, self.auto_flush(), 1_000_000]);
            buffer.u8(0);
            buffer.u8(0);
            io_features(buffer);
            let mut leaves = Vec::new();
            objects(buffer, self.branches.len(), |buffer| {
                for (number, branch) in self.branches.iter().enumerate() {
                    self.branch(buffer, branch, number, &mut leaves);
                }
            });
            objects(buffer, leaves.len(), |buffer| leaves.iter().for_each(|leaf| buffer.u32(*leaf)));
            // No aliases, values of an index, index, tree index, friends, user's objects, references.
            buffer.i32s(&[0; 7]);
        });
    }

    /// `fAutoFlush`: the entries of a cluster if all but the last have as many, else what ROOT takes for a size.
    fn auto_flush(&self) -> i64 {
        match self.clusters.split_last() {
            Some((last, [])) => *last as i64,
            Some((last, before)) => {
                let first = before.first().copied().unwrap_or(0);
                if before.iter().all(|n| *n == first) && *last <= first { first as i64 } else { -30_000_000 }
            }
            None => -30_000_000,
        }
    }

    fn branch(&self, buffer: &mut Buffer, filled: &Filled, number: usize, leaves: &mut Vec<u32>) {
        match filled.branch.lists {
            Lists::None | Lists::Counted(_) => {
                buffer.pointer("TBranch", |buffer| self.base(buffer, filled, leaves));
            }
            Lists::Nested => nested::branch(buffer, &filled.branch, |buffer| self.base(buffer, filled, leaves)),
        }
        debug_assert_eq!(leaves.len(), number + 1);
    }

    /// `TBranch` version 13.
    fn base(&self, buffer: &mut Buffer, filled: &Filled, leaves: &mut Vec<u32>) {
        let Branch { name, element, lists } = &filled.branch;
        let counted = filled.branch.counter().and_then(|c| self.branches.get(c)).map(|c| c.branch.name.as_str());
        let dimension = counted.map_or(String::new(), |c| format!("[{c}]"));
        let (letter, class) = leaf_class(*element);
        let places = (filled.baskets.len() + 1).max(BASKETS);
        let title = match lists {
            Lists::None | Lists::Counted(_) => format!("{name}{dimension}/{letter}"),
            Lists::Nested => nested::title(name).to_string(),
        };
        buffer.versioned(13, |buffer| {
            buffer.named(BRANCH_BITS, name, &title);
            fill_attributes(buffer);
            // Baskets may be compressed or not, whatever their branch says: each says so itself.
            let offsets = if *lists == Lists::None { 0 } else { 1000 };
            buffer.i32s(&[0, 32_000, offsets, filled.baskets.len() as i32]);
            buffer.i64s(&[self.entries as i64]);
            io_features(buffer);
            buffer.i32s(&[0, places as i32, 0]);
            buffer.i64s(&[self.entries as i64, 0, filled.total_bytes as i64, filled.zip_bytes as i64]);
            objects(buffer, 0, |_| {});
            objects(buffer, 1, |buffer| {
                let of = filled.branch.counter().and_then(|c| leaves.get(c)).copied().unwrap_or(0);
                leaves.push(buffer.reference());
                match lists {
                    Lists::None | Lists::Counted(_) => {
                        buffer.pointer(class, |buffer| leaf(buffer, filled, &dimension, of));
                    }
                    Lists::Nested => nested::leaf(buffer, &filled.branch, ON_HEAP),
                }
            });
            objects(buffer, 0, |_| {});
            let padded = |mut values: Vec<i64>| {
                values.resize(places, 0);
                values
            };
            let bytes: Vec<i32> =
                padded(filled.baskets.iter().map(|b| i64::from(b.0)).collect()).iter().map(|b| *b as i32).collect();
            buffer.u8(1);
            buffer.i32s(&bytes);
            let mut first = vec![0];
            first.extend(self.clusters.iter().scan(0, |end, n| {
                *end += *n as i64;
                Some(*end)
            }));
            buffer.u8(1);
            buffer.i64s(&padded(first));
            buffer.u8(1);
            buffer.i64s(&padded(filled.baskets.iter().map(|b| i64::from(b.1)).collect()));
            // In this file.
            buffer.string("");
        });
    }
}

/// `TLeaf` version 2 in its descendant of version 1. `of` refers to the leaf with the lengths.
fn leaf(buffer: &mut Buffer, filled: &Filled, dimension: &str, of: u32) {
    let Branch { name, element, .. } = &filled.branch;
    let unsigned = matches!(element, Element::U8 | Element::U16 | Element::U32 | Element::U64);
    buffer.versioned(1, |buffer| {
        buffer.versioned(2, |buffer| {
            buffer.named(ON_HEAP, name, &format!("{name}{dimension}"));
            buffer.i32s(&[1, element.width() as i32, 0]);
            buffer.u8(u8::from(filled.counts));
            buffer.u8(u8::from(unsigned));
            buffer.u32(of);
        });
        // The smallest and largest value: of counters only.
        let largest = filled.largest;
        match element {
            Element::Bool | Element::I8 | Element::U8 => {
                buffer.u8(0);
                buffer.u8(largest as u8);
            }
            Element::I16 | Element::U16 => buffer.i16s(&[0, largest as i16]),
            Element::I32 | Element::U32 => buffer.i32s(&[0, largest as i32]),
            Element::I64 | Element::U64 => buffer.i64s(&[0, largest]),
            Element::F32 => buffer.f32s(&[0.0, 0.0]),
            Element::F64 => buffer.f64s(&[0.0, 0.0]),
        }
    });
}

/// A `TObjArray` version 3.
fn objects(buffer: &mut Buffer, count: usize, body: impl FnOnce(&mut Buffer)) {
    buffer.versioned(3, |buffer| {
        buffer.object(0, ON_HEAP);
        buffer.string("");
        buffer.count(count);
        buffer.i32s(&[0]);
        body(buffer);
    });
}

/// `TAttFill` version 2.
fn fill_attributes(buffer: &mut Buffer) {
    buffer.versioned(2, |buffer| buffer.i16s(&[0, 1001]));
}

/// `ROOT::TIOFeatures`, a class without a version: its checksum, and no features.
fn io_features(buffer: &mut Buffer) {
    buffer.versioned(0, |buffer| {
        buffer.u32(IO_FEATURES);
        buffer.u8(0);
    });
}

/// The letter of a type in titles of branches, and the class of its leaves.
fn leaf_class(element: Element) -> (char, &'static str) {
    match element {
        Element::Bool => ('O', "TLeafO"),
        Element::I8 => ('B', "TLeafB"),
        Element::U8 => ('b', "TLeafB"),
        Element::I16 => ('S', "TLeafS"),
        Element::U16 => ('s', "TLeafS"),
        Element::I32 => ('I', "TLeafI"),
        Element::U32 => ('i', "TLeafI"),
        Element::I64 => ('L', "TLeafL"),
        Element::U64 => ('l', "TLeafL"),
        Element::F32 => ('F', "TLeafF"),
        Element::F64 => ('D', "TLeafD"),
    }
}

/// Runs `$body` with `$v` bound to the slice of whichever type the values have.
macro_rules! each {
    ($values:expr, $v:ident => $body:expr) => {
        match $values {
            Values::Bool($v) | Values::U8($v) => $body,
            Values::I8($v) => $body,
            Values::I16($v) => $body,
            Values::U16($v) => $body,
            Values::I32($v) => $body,
            Values::U32($v) => $body,
            Values::I64($v) => $body,
            Values::U64($v) => $body,
            Values::F32($v) => $body,
            Values::F64($v) => $body,
        }
    };
}

fn big_endian(data: &mut Vec<u8>, values: &Values<'_>) {
    each!(values, v => data.extend(v.iter().flat_map(|x| x.to_be_bytes())));
}
