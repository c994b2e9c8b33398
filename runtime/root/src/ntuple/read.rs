//! Reading a branch in a cluster: the pages of its columns, put together to values and the starts of lists.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::blob::{CHECKSUM, blob};
use super::bytes::outside;
use super::clusters::{Cluster, Page};
use super::encoding::Encoding;
use super::fields::{List, Origin, Values};
use super::pages;
use super::schema::{Column, Schema};
use super::shared::{PageEnds, Shared, Unpacked};
use crate::basket::{Ends, Scratch};
use crate::checksum;
use crate::error::{Error, Place};
use crate::source::Source;
use crate::values::Buffer;
use crate::{Element, pool};

/// More values of one column in one cluster are an attack: ROOT begins a new cluster after 1280 MiB of all columns.
const MAX_BYTES: u64 = 2 << 30;
/// More zeros before the first value are an attack too.
const MAX_ZEROS: u64 = 512 << 20;
/// What a page may be unpacked to whatever its size, and how much more it may be otherwise.
const MAX_RATIO: (u64, u64) = (64 << 20, 65_536);

/// Pages with more ends of lists take memory to speak of.
const LONG: usize = 65_536;

/// Where a branch is read from.
pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub schema: &'a Schema,
    pub cluster: &'a Cluster,
    /// The entries that are read, counted from the first of the cluster.
    pub entries: Range<usize>,
    /// The number of the cluster, and of the RNTuple among all that are open.
    pub number: usize,
    pub serial: u64,
    pub shared: &'a Shared,
    pub max_key: u64,
}

/// The values of a branch in a cluster.
pub(super) struct Parts {
    pub buffer: Buffer,
    pub starts: Option<Arc<Vec<u32>>>,
    pub inner: Option<Arc<Vec<u32>>>,
}

/// Elements of a column in a cluster: those that are read, and how many there are; none where nobody has looked.
#[derive(Clone, Copy)]
struct Span {
    from: usize,
    to: usize,
    of: Option<usize>,
}

impl Span {
    fn len(self) -> usize {
        self.to - self.from
    }
}

impl Reader<'_> {
    /// Reads the values of a branch, of the given type.
    pub(super) fn read(&self, origin: &Origin, element: Element, scratch: &mut Scratch) -> Result<Parts, Error> {
        let all = usize::try_from(self.cluster.entries).map_err(|_| self.too_long())?;
        let times = |n: usize| n.checked_mul(origin.repeat as usize).ok_or_else(|| self.too_long());
        let above = Span { from: times(self.entries.start)?, to: times(self.entries.end)?, of: Some(times(all)?) };
        let (span, starts, inner) = match origin.lists.as_slice() {
            [] => (above, None, None),
            [list] => {
                let below = columns_of(&origin.values);
                let (span, cut) = self.lists(list, above, below, scratch)?;
                match origin.repeat {
                    1 => (span, Some(cut), None),
                    // Each entry has so many lists.
                    n_lists => {
                        let equal = self.equal(self.entries.len(), n_lists)?;
                        (span, Some(Arc::new(equal)), Some(cut))
                    }
                }
            }
            [outer, list] => {
                let (between, outer) = self.lists(outer, above, &list.columns, scratch)?;
                let (span, inner) = self.lists(list, between, columns_of(&origin.values), scratch)?;
                (span, Some(outer), Some(inner))
            }
            _ => return Err(Error::unsupported(Place::default(), "lists of lists of lists")),
        };
        let buffer = match &origin.values {
            Values::Numbers(columns) => self.numbers(columns, span, element, scratch)?,
            Values::Sizes(columns) => {
                let starts = self.starts(columns, 1, span, scratch)?.1;
                let sizes = starts.windows(2).map(|pair| pair[1] - pair[0]);
                let mut buffer = match element {
                    Element::U64 => Buffer::with_capacity(Element::U64, span.len()),
                    _ => Buffer::with_capacity(Element::U32, span.len()),
                };
                match &mut buffer {
                    Buffer::U64(v) => v.extend(sizes.map(u64::from)),
                    Buffer::U32(v) => v.extend(sizes),
                    // Made just now, of one of the two.
                    _ => (),
                }
                buffer
            }
            Values::None => return Err(Error::unsupported(Place::default(), "a field without values")),
        };
        Ok(Parts { buffer, starts, inner })
    }

    /// What the lists of a span hold, elements of the columns `below`, and their starts.
    fn lists(&self, list: &List, span: Span, below: &[usize], scratch: &mut Scratch) -> Result<(Span, Ends), Error> {
        let (from, starts) = self.starts(&list.columns, list.repeat, span, scratch)?;
        let to = from + last(&starts);
        let of = match span.of {
            Some(n) if n == span.to => Some(to),
            // The zeros of what was added later are counted from the end.
            Some(n) if self.is_later(below) => {
                let end = self.starts(&list.columns, list.repeat, Span { from: n, to: n, of: Some(n) }, scratch)?;
                Some(end.0)
            }
            _ => None,
        };
        Ok((Span { from, to, of }, starts))
    }

    /// The start of the first list of a span, and from there the starts of all and the end of the last; in units of which
    /// an end counts `repeat`. Those that were read last are kept, because many branches have the same.
    fn starts(
        &self,
        columns: &[usize],
        repeat: u32,
        span: Span,
        scratch: &mut Scratch,
    ) -> Result<(usize, Ends), Error> {
        let (number, column, pages) = self.active(columns)?;
        let id = (self.serial, number, self.number, (span.from, span.to, repeat));
        if let Some(found) = scratch.starts_of_lists.get(&id) {
            return Ok(found);
        }
        let zeros = self.leading_zeros(column, pages, span, 4)?;
        // The first list starts where the one before it ends.
        let wanted = span.from.saturating_sub(1)..span.to;
        let mut starts = Vec::with_capacity(span.len() + 1);
        starts.resize(usize::from(span.from == 0) + zeros.min(wanted.end) - zeros.min(wanted.start), 0);
        let (mut first, mut before) = (starts.first().map(|_| 0), 0);
        let mut end = zeros;
        for (at, page) in pages.iter().enumerate() {
            let begin = end;
            end += page.elements as usize;
            let wanted = begin.max(wanted.start)..end.min(wanted.end);
            if wanted.is_empty() {
                continue;
            }
            let ends = self.page_ends((number, at), page, column.encoding, scratch)?;
            let ends = ends.get(wanted.start - begin..wanted.end - begin).unwrap_or_default();
            let first = *first.get_or_insert(ends.first().copied().unwrap_or(0));
            // Within a page they do not decrease.
            if ends.first().is_some_and(|end| *end < before) {
                return Err(misfit(page, column.encoding));
            }
            before = ends.last().copied().unwrap_or(before);
            if before.checked_mul(repeat).is_none() {
                return Err(self.too_long());
            }
            starts.extend(ends.iter().map(|end| (end - first) * repeat));
        }
        let found = (first.unwrap_or(0) as usize * repeat as usize, Arc::new(starts));
        scratch.starts_of_lists.keep(id, &found);
        Ok(found)
    }

    /// The starts of lists of which each entry has `per`.
    fn equal(&self, entries: usize, per: u32) -> Result<Vec<u32>, Error> {
        let n = u32::try_from(entries).map_err(|_| self.too_long())?;
        n.checked_mul(per).ok_or_else(|| self.too_long())?;
        Ok((0..=n).map(|i| i * per).collect())
    }

    /// The ends that a page of an index column has, which count from the start of the cluster. Those that were read last are
    /// kept, because several parts need them; of long pages only the last of each column.
    fn page_ends(
        &self,
        (number, at): (usize, usize),
        page: &Page,
        encoding: Encoding,
        scratch: &mut Scratch,
    ) -> Result<Arc<PageEnds>, Error> {
        let id = (self.serial, number, self.number, at);
        if let Some(found) = scratch.ends.get(&id) {
            return Ok(found);
        }
        let Encoding::Index { wide, split } = encoding else {
            return Err(self.corrupt("the sizes of lists are in a column of another type"));
        };
        let n = page.elements as usize;
        if n > LONG {
            scratch.ends.forget(|(serial, column, ..)| (*serial, *column) == (self.serial, number));
        }
        let ends = self.shared.ends((number, self.number, at), || {
            let mut ends = match Buffer::with_capacity(Element::U32, n) {
                Buffer::U32(kept) => PageEnds(kept),
                _ => PageEnds(Vec::new()),
            };
            self.page(page, encoding, scratch, |bytes, n| {
                pages::push_ends(bytes, wide, split, n, &mut ends.0).then_some(())
            })?;
            Ok(ends)
        })?;
        scratch.ends.keep(id, &ends);
        Ok(ends)
    }

    /// Whether a column was added later, so that its first values in the cluster are zeros that are not stored.
    fn is_later(&self, columns: &[usize]) -> bool {
        self.active(columns).is_ok_and(|(_, column, _)| column.first.is_some_and(|first| first > 0))
    }

    /// The values of a column of numbers in a span.
    fn numbers(&self, columns: &[usize], span: Span, element: Element, scratch: &mut Scratch) -> Result<Buffer, Error> {
        let (number, column, pages) = self.active(columns)?;
        let zeros = self.leading_zeros(column, pages, span, element.width() as u64)?;
        let mut buffer = Buffer::with_capacity(element, span.len());
        buffer.push_zeros(zeros.min(span.to) - zeros.min(span.from));
        let from = scratch.begin.saturating_sub(self.cluster.first);
        let from = (scratch.begin, usize::try_from(from).unwrap_or(usize::MAX));
        let alone = self.shared.stand_alone((number, self.number), from, &self.entries);
        let mut end = zeros;
        for (at, page) in pages.iter().enumerate() {
            let begin = end;
            end += page.elements as usize;
            let wanted = begin.max(span.from)..end.min(span.to);
            if wanted.is_empty() {
                continue;
            }
            let wanted = wanted.start - begin..wanted.end - begin;
            if alone || wanted.len() == end - begin {
                self.page(page, column.encoding, scratch, |bytes, n| {
                    values(bytes, column.encoding, n, wanted, &mut buffer).then_some(())
                })?;
                continue;
            }
            // Other parts have the other values of the page.
            let size = self.size(page, column.encoding)?;
            let key = (number, self.number, at);
            let n = page.elements as usize;
            let kept = self.shared.page(key, (n, size), &wanted, || self.unpacked(page, size, scratch))?;
            let good = match &*kept {
                Unpacked::Bytes(bytes) => values(bytes, column.encoding, n, wanted, &mut buffer),
                Unpacked::Stored => values(packed(&self.block(page)?, page), column.encoding, n, wanted, &mut buffer),
            };
            if !good {
                return Err(misfit(page, column.encoding));
            }
        }
        Ok(buffer)
    }

    /// The column that holds the values in this cluster, and its pages.
    fn active(&self, columns: &[usize]) -> Result<(usize, &Column, &[Page]), Error> {
        let get = |number: usize| self.schema.columns.get(number).map(|column| (number, column));
        let stored = columns.iter().find_map(|&number| {
            let (number, column) = get(number)?;
            Some((number, column, self.cluster.pages(number)?))
        });
        // A column that was added later is not there in the clusters before.
        let later = || {
            let (number, column) =
                columns.iter().find_map(|&n| get(n).filter(|(_, c)| c.first.is_some_and(|f| f > 0)))?;
            Some((number, column, [].as_slice()))
        };
        // Fields below a list that was added later have no values before.
        let below = || columns.first().and_then(|&n| get(n)).map(|(number, column)| (number, column, [].as_slice()));
        stored.or_else(later).or_else(below).ok_or_else(|| self.corrupt("a field has no column"))
    }

    /// How many of the elements of a column are not stored because it was added later: those are zero. Checks that the pages
    /// hold the others, or where nobody knows how many there are, those of the span; and that all together are not more
    /// than they can be.
    fn leading_zeros(&self, column: &Column, pages: &[Page], span: Span, width: u64) -> Result<usize, Error> {
        let (mut stored, mut packed) = (0_u64, 0_u64);
        for page in pages {
            stored = stored.saturating_add(u64::from(page.elements));
            packed = packed.saturating_add(page.packed);
        }
        let later = column.first.and_then(|first| u64::try_from(first).ok()).unwrap_or(0);
        let n = span.of.map_or(stored.max(span.to as u64), |n| n as u64);
        let zeros = n.checked_sub(stored).filter(|zeros| *zeros <= later);
        let Some(zeros) = zeros else {
            return Err(self.corrupt(format!("a column has {stored} elements where {n} are expected")));
        };
        let bytes = n.saturating_mul(width);
        let (free, ratio) = MAX_RATIO;
        let unpacked = stored.saturating_mul(width);
        if bytes > MAX_BYTES
            || bytes - unpacked > MAX_ZEROS
            || unpacked > packed.saturating_mul(ratio).saturating_add(free)
        {
            return Err(self.too_long());
        }
        usize::try_from(zeros).map_err(|_| self.too_long())
    }

    /// The bytes of a page once it is unpacked.
    fn size(&self, page: &Page, encoding: Encoding) -> Result<usize, Error> {
        if let Some(kind) = page.elsewhere {
            return Err(Error::unsupported(Place::default(), outside(kind)));
        }
        let size = encoding.bits().and_then(|bits| (page.elements as usize).checked_mul(bits));
        let size = size.map(|bits| bits.div_ceil(8)).filter(|size| page.packed <= *size as u64);
        size.ok_or_else(|| Error::corrupt(Place::at(page.offset), "a page is larger than its elements"))
    }

    /// The bytes of a page in the file, which agree with the checksum behind them.
    fn checked(&self, page: &Page, scratch: &mut Scratch) -> Result<Cow<'_, [u8]>, Error> {
        let begin = Instant::now();
        let block = self.block(page)?;
        scratch.decompressor.spent.read(block.len(), begin);
        let (packed, checksum) = block.split_at(page.packed as usize);
        if let Ok(stored) = checksum.try_into()
            && !checksum::is_of(u64::from_le_bytes(stored), packed)
        {
            return Err(Error::corrupt(Place::at(page.offset), "a page does not match its checksum"));
        }
        Ok(block)
    }

    /// The bytes of a page in the file, and its checksum.
    fn block(&self, page: &Page) -> Result<Cow<'_, [u8]>, Error> {
        let checksum = if page.checked { CHECKSUM as u64 } else { 0 };
        blob(self.source, page.offset, page.packed + checksum, self.max_key, "a page")
    }

    /// A page of `size` bytes for several parts of the cluster.
    fn unpacked(&self, page: &Page, size: usize, scratch: &mut Scratch) -> Result<Unpacked, Error> {
        let block = self.checked(page, scratch)?;
        let packed = packed(&block, page);
        if packed.len() == size {
            return Ok(Unpacked::Stored);
        }
        let bytes = scratch.decompressor.unpack_to(packed, size, page.offset, pool::take_bytes(size))?;
        Ok(Unpacked::Bytes(bytes))
    }

    /// Unpacks a page and hands it to `decode` with its number of elements.
    fn page(
        &self,
        page: &Page,
        encoding: Encoding,
        scratch: &mut Scratch,
        decode: impl FnOnce(&[u8], usize) -> Option<()>,
    ) -> Result<(), Error> {
        let size = self.size(page, encoding)?;
        let block = self.checked(page, scratch)?;
        let packed = packed(&block, page);
        let bytes = match packed.len() == size {
            true => packed,
            false => scratch.decompressor.unpack(packed, size, page.offset)?,
        };
        decode(bytes, page.elements as usize).ok_or_else(|| misfit(page, encoding))
    }

    fn corrupt(&self, what: impl Into<String>) -> Error {
        let what = format!("{} (in the entries from {} on)", what.into(), self.cluster.first);
        Error::corrupt(Place::default(), what)
    }

    fn too_long(&self) -> Error {
        self.corrupt("a cluster has more values than can be stored in it")
    }
}

fn last(ends: &[u32]) -> usize {
    ends.last().map_or(0, |end| *end as usize)
}

/// The columns that values are in.
fn columns_of(values: &Values) -> &[usize] {
    match values {
        Values::Numbers(columns) | Values::Sizes(columns) => columns,
        Values::None => &[],
    }
}

/// What a block holds of a page, without its checksum.
fn packed<'a>(block: &'a [u8], page: &Page) -> &'a [u8] {
    block.get(..page.packed as usize).unwrap_or_default()
}

/// Appends some of the `n` values of a page; false if they do not fit.
fn values(bytes: &[u8], encoding: Encoding, n: usize, of: Range<usize>, to: &mut Buffer) -> bool {
    let element = to.element();
    let native = match encoding {
        Encoding::Quantized { .. } if element == Element::F64 => element,
        encoding => encoding.element().unwrap_or(element),
    };
    if native == element {
        return pages::push(bytes, encoding, n, of, to);
    }
    // A column of another width than the field: the values must fit.
    let wanted = of.len();
    let mut own = Buffer::with_capacity(native, wanted);
    pages::push(bytes, encoding, n, of, &mut own) && to.append_converted(&own.values(wanted))
}

/// The content of a page is impossible.
fn misfit(page: &Page, encoding: Encoding) -> Error {
    let what = match encoding {
        Encoding::Index { .. } => "the ends of lists decrease, or are too large",
        _ => "values do not fit in the type of their field",
    };
    Error::corrupt(Place::at(page.offset), what)
}
