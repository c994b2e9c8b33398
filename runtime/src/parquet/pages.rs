//! The pages of columns, as the Parquet library has them, with what they announce held to the bytes that they have: a page
//! of ten bytes can say that it holds two billion equal values, and those of a list would all be one event's.

use std::sync::Arc;

use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::Type as Physical;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::bytes::Bytes;

/// Elements of lists that a row group may hold without bytes that stand for them, and how many more for each byte.
/// Equal elements of a list take no more than the run of its repetition levels, which are about five bytes: lists of up to
/// 80,000 equal elements are read in any number, and longer ones as long as there are not many.
const FREE: u64 = 1 << 22;
const PER_BYTE: u64 = 1 << 14;

/// What the pages of a column in a row group may still announce.
pub(super) struct Claims {
    physical: Physical,
    /// Of a column without lists: the values that may still come, one for each event.
    values: Option<u64>,
    /// Elements of lists so far, and bytes.
    elements: u64,
    bytes: u64,
}

impl Claims {
    pub(super) fn new(group: &RowGroupMetaData, leaf: usize) -> Result<Claims> {
        let chunk = group.columns().get(leaf).ok_or_else(missing)?;
        let descriptor = chunk.column_descr();
        let rows = u64::try_from(group.num_rows())?;
        let values = (descriptor.max_rep_level() == 0).then_some(rows);
        Ok(Claims { physical: descriptor.physical_type(), values, elements: 0, bytes: 0 })
    }

    /// A dictionary of so many values, in so many unpacked bytes.
    pub(super) fn dictionary(&self, announced: u64, bytes: u64) -> std::result::Result<(), String> {
        let width = match self.physical {
            Physical::BOOLEAN | Physical::FIXED_LEN_BYTE_ARRAY => 1,
            Physical::INT32 | Physical::FLOAT | Physical::BYTE_ARRAY => 4,
            Physical::INT64 | Physical::DOUBLE => 8,
            Physical::INT96 => 12,
        };
        match announced.saturating_mul(width) <= bytes {
            true => Ok(()),
            false => Err(format!("a dictionary announces {announced} values in {bytes} bytes")),
        }
    }

    /// A page of so many values or elements, in so many unpacked bytes.
    pub(super) fn data(&mut self, announced: u64, bytes: u64) -> std::result::Result<(), String> {
        if let Some(left) = &mut self.values {
            let Some(rest) = left.checked_sub(announced) else {
                return Err(format!("a page announces {announced} values where {left} are left"));
            };
            *left = rest;
            return Ok(());
        }
        self.elements = self.elements.saturating_add(announced);
        self.bytes = self.bytes.saturating_add(bytes);
        match self.elements <= FREE.saturating_add(self.bytes.saturating_mul(PER_BYTE)) {
            true => Ok(()),
            false => Err(format!("its lists announce {} elements in {} bytes", self.elements, self.bytes)),
        }
    }
}

fn missing() -> ParquetError {
    ParquetError::General("there is no such column".to_string())
}

/// The pages of a column in a row group.
pub(super) struct Pages {
    inner: SerializedPageReader<Bytes>,
    claims: Claims,
}

impl Pages {
    pub(super) fn new(bytes: &Bytes, metadata: &ParquetMetaData, group: usize, leaf: usize) -> Result<Pages> {
        let group = metadata.row_groups().get(group).ok_or_else(missing)?;
        let chunk = group.columns().get(leaf).ok_or_else(missing)?;
        let rows = usize::try_from(group.num_rows())?;
        let inner = SerializedPageReader::new(Arc::new(bytes.clone()), chunk, rows, None)?;
        Ok(Pages { inner, claims: Claims::new(group, leaf)? })
    }

    fn checked(&mut self, page: Option<Page>) -> Result<Option<Page>> {
        let Some(page) = page else { return Ok(None) };
        let (announced, bytes) = (u64::from(page.num_values()), page.buffer().len() as u64);
        let good = match page.is_dictionary_page() {
            true => self.claims.dictionary(announced, bytes),
            false => self.claims.data(announced, bytes),
        };
        good.map(|()| Some(page)).map_err(ParquetError::General)
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.inner.get_next_page()?;
        self.checked(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        // Events that are passed over take what their page has.
        if let (Some(left), Some(page)) = (&mut self.claims.values, self.inner.peek_next_page()?)
            && !page.is_dict
        {
            *left = left.saturating_sub(page.num_levels.unwrap_or(0) as u64);
        }
        self.inner.skip_next_page()
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.inner.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> Result<Option<Page>> {
        let page = self.inner.take_deferred_dictionary()?;
        self.checked(page)
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.inner.at_record_boundary()
    }
}

/// Row groups of a file, for the readers of Arrow.
pub(super) struct Groups<'a> {
    pub bytes: &'a Bytes,
    pub metadata: &'a Arc<ParquetMetaData>,
    pub groups: (usize, usize),
}

impl RowGroups for Groups<'_> {
    fn num_rows(&self) -> usize {
        self.row_groups().map(|group| usize::try_from(group.num_rows()).unwrap_or(0)).sum()
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        let (bytes, metadata) = (self.bytes.clone(), self.metadata.clone());
        Ok(Box::new(Chunks { bytes, metadata, groups: self.groups.0..self.groups.1, leaf }))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.metadata.row_groups().get(self.groups.0..self.groups.1).unwrap_or_default().iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata
    }
}

/// A column of row groups, one after the other.
struct Chunks {
    bytes: Bytes,
    metadata: Arc<ParquetMetaData>,
    groups: std::ops::Range<usize>,
    leaf: usize,
}

impl Iterator for Chunks {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let group = self.groups.next()?;
        let pages = Pages::new(&self.bytes, &self.metadata, group, self.leaf);
        Some(pages.map(|pages| Box::new(pages) as Box<dyn PageReader>))
    }
}

impl PageIterator for Chunks {}
