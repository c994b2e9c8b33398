//! A page whose levels have become starts of lists and whose values are bytes one after the other, from which slices of
//! events are taken.
//!
//! Levels are those of Dremel (<https://parquet.apache.org/docs/file-format/nestedencoding/>): a repetition level of 0
//! begins an event, and the definition level says how much of the path to a value is there.

use std::ops::Range;

use parquet::basic::Type as Physical;
use parquet::schema::types::ColumnDescriptor;

use super::chunk::Layout;
use super::levels::{Bits, at_least, look_up, starts};

/// What the levels of a column mean, and how wide its values are.
#[derive(Clone, Copy)]
pub(super) struct Levels {
    /// Definition level: a value is there.
    value: u64,
    /// An element of a list is there; 0 for a column without lists.
    element: u64,
    pub is_list: bool,
    physical: Physical,
}

/// Encodings of values, by their numbers.
mod encoding {
    pub const PLAIN: i64 = 0;
    pub const PLAIN_DICTIONARY: i64 = 2;
    pub const RUNS: i64 = 3;
    pub const DICTIONARY: i64 = 8;
    pub const SPLIT: i64 = 9;
}

/// Where the values of a page are.
#[derive(Clone, Copy)]
enum Place {
    /// In the page itself, from this byte on.
    Page(usize),
    One,
    Four,
    Eight,
}

/// Why a page cannot be read.
pub(super) enum Unread {
    /// It is encoded in a way that is not read here.
    Foreign,
    Damaged(&'static str),
}

/// The page that is read from, and memory for the next one.
pub(super) struct Current {
    levels: Levels,
    /// As it was unpacked.
    pub page: Vec<u8>,
    place: Place,
    one: Vec<u8>,
    four: Vec<[u8; 4]>,
    eight: Vec<[u8; 8]>,
    four_dictionary: Vec<[u8; 4]>,
    eight_dictionary: Vec<[u8; 8]>,
    starts: Vec<u32>,
    goes_on: Bits,
    is_element: Bits,
    is_value: Bits,
    is_there: Bits,
    events: usize,
    elements: usize,
    /// Events whose lists are null; elements that are.
    null_lists: Vec<usize>,
    null_values: Vec<usize>,
    /// Events that were taken.
    taken: usize,
    /// Whether there is a page.
    is_decoded: bool,
}

impl Levels {
    /// Of a column; none if its values have a type that is not read here.
    pub(super) fn of(descriptor: &ColumnDescriptor) -> Option<Levels> {
        let (value, element) = (descriptor.max_def_level(), descriptor.repeated_ancestor_def_level());
        let physical = descriptor.physical_type();
        let is_read = match physical {
            Physical::BOOLEAN | Physical::INT32 | Physical::INT64 | Physical::FLOAT | Physical::DOUBLE => true,
            Physical::INT96 | Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => false,
        };
        let is_list = match descriptor.max_rep_level() {
            0 => false,
            1 => true,
            _ => return None,
        };
        let (value, element) = (u64::try_from(value).ok()?, u64::try_from(element).ok()?);
        is_read.then_some(Levels { value, element, is_list, physical })
    }

    /// Bytes of a value.
    pub(super) fn width(&self) -> usize {
        match self.physical {
            Physical::INT64 | Physical::DOUBLE => 8,
            Physical::INT32 | Physical::FLOAT => 4,
            _ => 1,
        }
    }

    fn is_real(&self) -> bool {
        matches!(self.physical, Physical::FLOAT | Physical::DOUBLE)
    }

    /// Bits of a definition level.
    fn bits(&self) -> u32 {
        u64::BITS - self.value.leading_zeros()
    }
}

impl Current {
    pub(super) fn new(levels: Levels) -> Current {
        Current {
            levels,
            page: Vec::new(),
            place: Place::Page(0),
            one: Vec::new(),
            four: Vec::new(),
            eight: Vec::new(),
            four_dictionary: Vec::new(),
            eight_dictionary: Vec::new(),
            starts: Vec::new(),
            goes_on: Bits::default(),
            is_element: Bits::default(),
            is_value: Bits::default(),
            is_there: Bits::default(),
            events: 0,
            elements: 0,
            null_lists: Vec::new(),
            null_values: Vec::new(),
            taken: 0,
            is_decoded: false,
        }
    }

    /// No page is read from.
    pub(super) fn forget(&mut self) {
        (self.events, self.elements, self.taken) = (0, 0, 0);
        self.is_decoded = false;
        self.four_dictionary.clear();
        self.eight_dictionary.clear();
    }

    /// Whether there is a page, with or without events that are left.
    pub(super) fn is_used(&self) -> bool {
        self.is_decoded
    }

    /// Events that are left in the page.
    pub(super) fn left(&self) -> usize {
        self.events - self.taken
    }

    /// Takes the unpacked page as a dictionary of `n` values.
    pub(super) fn set_dictionary(&mut self, n: usize) {
        let page = &self.page;
        match self.levels.width() {
            4 => fill(&mut self.four_dictionary, page, n),
            _ => fill(&mut self.eight_dictionary, page, n),
        }
    }

    /// Reads levels and values of the unpacked page.
    pub(super) fn decode(&mut self, layout: &Layout) -> Result<(), Unread> {
        let Layout { data, levels: lengths } = layout;
        let n = data.n as usize;
        (self.events, self.elements, self.taken) = (0, 0, 0);
        self.null_lists.clear();
        self.null_values.clear();
        let Levels { value, element, is_list, .. } = self.levels;
        if !data.has_runs && (is_list || value > 0) {
            return Err(Unread::Foreign);
        }
        let mut at = 0;
        let mut levels = |is_there: bool, which: usize| -> Result<&[u8], Unread> {
            let short = Unread::Damaged("a page ends within its levels");
            let length = match (lengths, is_there) {
                (Some(lengths), _) => lengths[which],
                (None, false) => 0,
                (None, true) => {
                    let word = self.page.get(at..).and_then(|rest| rest.first_chunk::<4>());
                    at += 4;
                    word.map_or(usize::MAX, |word| u32::from_le_bytes(*word) as usize)
                }
            };
            let end = at.checked_add(length).filter(|end| *end <= self.page.len());
            let Some(end) = end else { return Err(short) };
            let found = self.page.get(at..end).unwrap_or_default();
            at = end;
            Ok(found)
        };
        let few = Unread::Damaged("a page has fewer levels than it announces");
        let (repetition, definition) = (levels(is_list, 0)?, levels(value > 0, 1)?);
        if is_list {
            // A list that is null is one level below an empty one.
            let bounds = [element, value, element.saturating_sub(1)];
            let to = [&mut self.is_element, &mut self.is_value, &mut self.is_there];
            let good = at_least(repetition, 1, n, [1], [&mut self.goes_on])
                && at_least(definition, self.levels.bits(), n, bounds, to);
            if !good {
                return Err(few);
            }
            (self.events, self.elements) = starts(&self.goes_on, &self.is_element, &mut self.starts);
        } else {
            (self.events, self.elements) = (n, n);
            if value > 0 && !at_least(definition, self.levels.bits(), n, [value], [&mut self.is_value]) {
                return Err(few);
            }
        }
        let stored = if value > 0 { self.is_value.count() } else { n };
        if stored != self.elements {
            self.find_null_values(n);
        }
        if is_list && self.is_there.count() != n {
            let begins = (0..n).filter(|level| !self.goes_on.is_set(*level));
            let null = begins.enumerate().filter(|(_, level)| !self.is_there.is_set(*level));
            self.null_lists.extend(null.map(|(event, _)| event));
        }
        self.values(data.encoding, at, stored)?;
        if stored != self.elements {
            self.make_room();
        }
        self.is_decoded = true;
        Ok(())
    }

    /// The elements that are null.
    fn find_null_values(&mut self, levels: usize) {
        let is_list = self.levels.is_list;
        let elements = (0..levels).filter(|level| !is_list || self.is_element.is_set(*level));
        let null = elements.enumerate().filter(|(_, level)| !self.is_value.is_set(*level));
        self.null_values.extend(null.map(|(element, _)| element));
    }

    /// Finds or makes the `n` values that are stored from a byte of the page on.
    fn values(&mut self, encoded: i64, at: usize, n: usize) -> Result<(), Unread> {
        let bytes = self.page.get(at..).unwrap_or_default();
        let width = self.levels.width();
        let few = Err(Unread::Damaged("a page has fewer values than it announces"));
        match (encoded, width) {
            (encoding::PLAIN, 1) => {
                self.one.clear();
                if bytes.len() < n.div_ceil(8) {
                    return few;
                }
                let flags = bytes.iter().flat_map(|byte| std::array::from_fn::<u8, 8, _>(|i| byte >> i & 1));
                self.one.extend(flags.take(n));
                self.place = Place::One;
            }
            (encoding::RUNS, 1) => {
                self.one.clear();
                if !at_least(bytes.get(4..).unwrap_or_default(), 1, n, [1], [&mut self.is_there]) {
                    return few;
                }
                self.is_there.push_flags(&mut self.one);
                self.place = Place::One;
            }
            (encoding::PLAIN, _) => {
                if n.checked_mul(width).is_none_or(|size| size > bytes.len()) {
                    return few;
                }
                self.place = Place::Page(at);
            }
            (encoding::PLAIN_DICTIONARY | encoding::DICTIONARY, 4) => {
                self.four.clear();
                if !look_up(bytes, n, &self.four_dictionary, &mut self.four) {
                    return Err(Unread::Damaged("a page names values that its dictionary does not have"));
                }
                self.place = Place::Four;
            }
            (encoding::PLAIN_DICTIONARY | encoding::DICTIONARY, 8) => {
                self.eight.clear();
                if !look_up(bytes, n, &self.eight_dictionary, &mut self.eight) {
                    return Err(Unread::Damaged("a page names values that its dictionary does not have"));
                }
                self.place = Place::Eight;
            }
            (encoding::SPLIT, 4) => {
                // The first bytes of all values, then the second ones, ...
                if n.checked_mul(4).is_none_or(|size| size > bytes.len()) {
                    return few;
                }
                let [a, b, c, d] = std::array::from_fn(|k| bytes.get(k * n..(k + 1) * n).unwrap_or_default());
                self.four.clear();
                self.four.extend(a.iter().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| [*a, *b, *c, *d]));
                self.place = Place::Four;
            }
            _ => return Err(Unread::Foreign),
        }
        Ok(())
    }

    /// Moves the values to their places among those that are null, which become NaN; those that have no NaN are said when
    /// they are asked for.
    fn make_room(&mut self) {
        let stored = self.bytes().to_vec();
        let (elements, nulls) = (self.elements, self.null_values.as_slice());
        match self.levels.width() {
            1 => spread(&mut self.one, stored.iter().copied(), elements, nulls, 0),
            4 => spread(&mut self.four, stored.as_chunks().0.iter().copied(), elements, nulls, f32::NAN.to_le_bytes()),
            _ => spread(&mut self.eight, stored.as_chunks().0.iter().copied(), elements, nulls, f64::NAN.to_le_bytes()),
        }
        self.place = match self.levels.width() {
            1 => Place::One,
            4 => Place::Four,
            _ => Place::Eight,
        };
    }

    /// The values, in the order of their bytes in the file.
    fn bytes(&self) -> &[u8] {
        match self.place {
            Place::Page(at) => self.page.get(at..).unwrap_or_default(),
            Place::One => &self.one,
            Place::Four => self.four.as_flattened(),
            Place::Eight => self.eight.as_flattened(),
        }
    }

    /// The first element of an event.
    fn start(&self, event: usize) -> usize {
        match (self.levels.is_list, event < self.events) {
            (true, true) => self.starts.get(event).map_or(self.elements, |start| *start as usize),
            (false, true) => event,
            (_, false) => self.elements,
        }
    }

    /// Takes `n` events, of those that are left.
    pub(super) fn take(&mut self, n: usize) -> Taken<'_> {
        let (begin, end) = (self.taken, self.taken + n.min(self.left()));
        self.taken = end;
        self.between(begin..end, self.start(begin), self.start(end))
    }

    /// The elements before the first event of the page: they belong to the last event of the page before.
    pub(super) fn lead(&self) -> Taken<'_> {
        self.between(0..0, 0, self.start(0))
    }

    fn between(&self, events: Range<usize>, from: usize, to: usize) -> Taken<'_> {
        let within = |of: &[usize], from: usize, to: usize| {
            of.partition_point(|at| *at < from)..of.partition_point(|at| *at < to)
        };
        let starts = if self.levels.is_list { self.starts.get(events.clone()).unwrap_or_default() } else { &[] };
        let nulls = self.null_values.get(within(&self.null_values, from, to)).unwrap_or_default();
        let null = nulls.first().filter(|_| !self.levels.is_real()).map(|at| match self.levels.is_list {
            true => starts.partition_point(|start| *start as usize <= *at).saturating_sub(1),
            false => at - from,
        });
        let width = self.levels.width();
        Taken {
            events: events.len(),
            starts,
            first: from,
            elements: to - from,
            bytes: self.bytes().get(from * width..to * width).unwrap_or_default(),
            null_lists: within(&self.null_lists, events.start, events.end).len() as u64,
            null_values: nulls.len() as u64,
            null,
        }
    }
}

/// Events of a page.
pub(super) struct Taken<'a> {
    pub events: usize,
    /// Of lists: where they begin.
    pub starts: &'a [u32],
    /// Its first element.
    pub first: usize,
    pub elements: usize,
    pub bytes: &'a [u8],
    pub null_lists: u64,
    pub null_values: u64,
    /// The first of the events with a null that is no real number.
    pub null: Option<usize>,
}

fn fill<const W: usize>(to: &mut Vec<[u8; W]>, bytes: &[u8], n: usize) {
    to.clear();
    to.extend(bytes.as_chunks::<W>().0.iter().take(n));
}

fn spread<T: Copy>(to: &mut Vec<T>, mut stored: impl Iterator<Item = T>, n: usize, nulls: &[usize], missing: T) {
    to.clear();
    let mut nulls = nulls.iter().peekable();
    for at in 0..n {
        match nulls.next_if(|null| **null == at) {
            Some(_) => to.push(missing),
            None => to.push(stored.next().unwrap_or(missing)),
        }
    }
}
