//! Texts of branches: `char*`, `TString`, `std::string` and lists of them, as the bytes that the file has.

use std::borrow::Cow;
use std::sync::Arc;

use crate::basket::Basket;
use crate::cursor::BYTE_COUNT;
use crate::decode::{Parts, Raw};
use crate::error::{Error, Place};
use crate::values::{Buffer, Values};
use crate::{BranchId, Ntuple, Scratch, Tree};

/// The texts of a run of entries of one branch.
#[derive(Clone, Debug)]
pub struct Texts {
    basket: Basket,
}

/// How the texts of an entry are stored in a basket. Each begins with its length: a byte, or 255 and a 32-bit number
/// (`TBuffer::ReadTString`, `TLeafC::ReadBasket`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TextLayout {
    /// One text and nothing else: `char*`, `TString`, a `std::string` that is an entry of its own.
    Bare,
    /// One text behind a byte count and a version: a `std::string` that is a member.
    Framed,
    /// A byte count, a version, a number of texts, the texts.
    List,
    /// A byte count, a version, and the texts of all objects of a split collection.
    Members,
}

impl TextLayout {
    /// Whether an entry has several.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, TextLayout::List | TextLayout::Members)
    }
}

impl Texts {
    /// The first entry that it holds.
    pub fn first_entry(&self) -> u64 {
        self.basket.first_entry
    }

    /// The number of entries.
    pub fn entries(&self) -> usize {
        self.basket.entries
    }

    /// The number of texts of all entries.
    pub fn len(&self) -> usize {
        match self.basket.inner_starts() {
            Some(inner) => inner.len().saturating_sub(1),
            None => self.basket.entries,
        }
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The texts of an entry of this run, of 0 on; what is no UTF-8 in them is replaced by U+FFFD.
    pub fn of(&self, entry: usize) -> impl Iterator<Item = Cow<'_, str>> {
        let starts = self.basket.starts().unwrap_or_default();
        let bounds = |i: usize| starts.get(i).map_or(0, |at| *at as usize);
        let (from, to) = (bounds(entry), bounds(entry + 1));
        let bytes = match self.basket.values() {
            Values::U8(bytes) => bytes,
            _ => &[],
        };
        let texts = match self.basket.inner_starts() {
            Some(inner) => inner.get(from..=to).unwrap_or_default(),
            None => starts.get(entry..=entry + 1).unwrap_or_default(),
        };
        let letters = |pair: &[u32]| match pair {
            [from, to] => bytes.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        };
        texts.windows(2).map(move |pair| String::from_utf8_lossy(letters(pair)))
    }
}

impl Tree {
    /// Reads the texts of one basket of a branch of texts. Baskets are numbered as in [`Tree::borders`].
    ///
    /// # Errors
    /// Those of [`Tree::read_basket`]; [`Error::Unsupported`] for a branch that holds no texts.
    pub fn read_texts(&self, branch: BranchId, basket: usize, scratch: &mut Scratch) -> Result<Texts, Error> {
        let found = self.branches().get(branch.index());
        let name = found.map_or("?", |b| b.path.as_str());
        let located = |e: Error| e.in_branch(name).in_file(self.file().path());
        match found.and_then(|b| b.texts()) {
            Some(_) => Ok(Texts { basket: self.read_basket_inner(branch, basket, scratch).map_err(located)? }),
            None => Err(located(Error::unsupported(Place::default(), "it holds no texts"))),
        }
    }
}

impl Ntuple {
    /// Reads what one cluster holds of a branch of texts. Clusters are numbered as in [`Ntuple::borders`].
    ///
    /// # Errors
    /// Those of [`Ntuple::read_basket`]; [`Error::Unsupported`] for a branch that holds no texts.
    pub fn read_texts(&self, branch: BranchId, cluster: usize, scratch: &mut Scratch) -> Result<Texts, Error> {
        match self.branches().get(branch.index()).and_then(|b| b.texts()) {
            Some(_) => Ok(Texts { basket: self.read_cluster(branch, cluster, crate::Element::U8, scratch)? }),
            None => {
                let name = self.branches().get(branch.index()).map_or("?", |b| b.path.as_str());
                let error = Error::unsupported(Place::default(), "it holds no texts");
                Err(error.in_branch(name).in_file(self.file().path()))
            }
        }
    }
}

/// The texts of a basket as bytes, their starts, and for lists the starts of the lists among these.
pub(crate) fn decode(raw: &Raw<'_>, layout: TextLayout) -> Result<Parts, String> {
    let mut bytes: Vec<u8> = Vec::with_capacity(raw.data.len());
    let (mut starts, mut inner) = (vec![0], vec![0]);
    let mut rest = raw.data;
    for entry in 0..raw.entries {
        let broken = || format!("entry {entry} of a basket is no text");
        let (mut body, after) = match layout {
            TextLayout::Bare => {
                let (_, after) = text(rest).ok_or_else(broken)?;
                (rest, after)
            }
            TextLayout::Framed | TextLayout::List | TextLayout::Members => framed(rest).ok_or_else(broken)?,
        };
        let mut wanted = match layout {
            TextLayout::Bare | TextLayout::Framed => 1,
            TextLayout::List => {
                let (n, following) = body.split_first_chunk::<4>().ok_or_else(broken)?;
                body = following;
                u32::from_be_bytes(*n)
            }
            TextLayout::Members => u32::MAX,
        };
        while wanted > 0 && !(layout == TextLayout::Members && body.is_empty()) {
            let (found, following) = text(body).ok_or_else(broken)?;
            bytes.extend_from_slice(found);
            inner.push(bytes.len() as u32);
            (body, wanted) = (following, wanted - 1);
        }
        if layout != TextLayout::Bare && !body.is_empty() {
            return Err(broken());
        }
        starts.push(inner.len() as u32 - 1);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(format!("{} bytes are left over in a basket of texts", rest.len()));
    }
    let buffer = Buffer::U8(bytes);
    Ok(match layout.is_list() {
        true => Parts { buffer, starts: Some(Arc::new(starts)), inner: Some(Arc::new(inner)) },
        false => Parts { buffer, starts: Some(Arc::new(inner)), inner: None },
    })
}

/// The text at the start of `data`, and what follows it.
fn text(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = data.split_first()?;
    match first {
        255 => {
            let (n, rest) = rest.split_first_chunk::<4>()?;
            rest.split_at_checked(u32::from_be_bytes(*n) as usize)
        }
        n => rest.split_at_checked(usize::from(*n)),
    }
}

/// What is behind the byte count and the version at the start of `data`, and what follows that.
fn framed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = data.split_first_chunk::<4>()?;
    let count = u32::from_be_bytes(*count);
    let size = Some(count & !BYTE_COUNT).filter(|_| count & BYTE_COUNT != 0)?;
    let (object, after) = rest.split_at_checked(size as usize)?;
    Some((object.get(2..)?, after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(data: &[u8], entries: usize, layout: TextLayout) -> Result<Vec<Vec<String>>, String> {
        let (counts, arrays, starts) = (None, None, None);
        let raw = Raw { data, offsets: None, sizes: false, key_bytes: 0, entries, counts, arrays, starts };
        let Parts { mut buffer, starts, inner } = decode(&raw, layout)?;
        let len = buffer.seal();
        let basket = Basket {
            first_entry: 0,
            entries,
            element: crate::Element::U8,
            len,
            buffer,
            per_entry: 0,
            starts,
            inner,
            is_counted: false,
        };
        let texts = Texts { basket };
        Ok((0..entries).map(|e| texts.of(e).map(Cow::into_owned).collect()).collect())
    }

    #[test]
    fn texts_of_all_layouts() {
        let long = [&[255, 0, 0, 1, 44][..], &[b'x'; 300]].concat();
        let bare = [b"\x02ab\x00".as_slice(), &long].concat();
        let expected = vec![vec!["ab".to_string()], vec![String::new()], vec!["x".repeat(300)]];
        assert_eq!(read(&bare, 3, TextLayout::Bare).unwrap(), expected);
        let framed = b"\x40\0\0\x05\0\x09\x02ab\x40\0\0\x03\0\x09\0";
        assert_eq!(read(framed, 2, TextLayout::Framed).unwrap(), [["ab"], [""]]);
        let list = b"\x40\0\0\x0b\0\x09\0\0\0\x02\x02ab\x01c\x40\0\0\x06\0\x09\0\0\0\0";
        assert_eq!(read(list, 2, TextLayout::List).unwrap(), [vec!["ab".to_string(), "c".to_string()], vec![]]);
        let members = b"\x40\0\0\x07\0\x09\x02ab\x01c\x40\0\0\x02\0\x09";
        assert_eq!(read(members, 2, TextLayout::Members).unwrap(), [vec!["ab".to_string(), "c".to_string()], vec![]]);
    }

    #[test]
    fn what_is_no_text_is_told() {
        for (data, layout) in [
            (b"\x05ab".as_slice(), TextLayout::Bare),
            (b"\xff\xff\xff\xff\xffab", TextLayout::Bare),
            (b"\x01aX", TextLayout::Bare),
            (b"\x40\0\0\x05\0\x09\x01ab", TextLayout::Framed),
            (b"\0\0\0\x05\0\x09\x02ab", TextLayout::Framed),
            (b"\x40\0\0\x0b\0\x09\xff\xff\xff\xff\x02ab\x01c", TextLayout::List),
            (b"\x40\0\0\x01\0\x09", TextLayout::Members),
        ] {
            assert!(read(data, 1, layout).is_err(), "{data:?}");
        }
    }
}
