//! Where the pages of a branch are in the file: for programs that read ahead, or that measure what reading takes at least.

use super::Ntuple;
use super::fields::Values;
use crate::branch::BranchId;

/// A page of an RNTuple: some elements of a column, compressed by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagePlace {
    /// The number of the column; branches of the same collection share the one with the ends of its lists.
    pub column: usize,
    /// Where its bytes begin in the file.
    pub offset: u64,
    /// How many they are, without a checksum.
    pub packed: u64,
    /// How many they are once decompressed; the same number if they are not compressed.
    pub unpacked: u64,
}

impl Ntuple {
    /// The pages that a branch is read from, with those of the ends of its lists, column by column and from the first
    /// entry on. None for a branch that is not read.
    pub fn pages(&self, branch: BranchId) -> Vec<PagePlace> {
        let Some(origin) = self.inner.origins.get(branch.index()) else { return Vec::new() };
        let values = match &origin.values {
            Values::Numbers(columns) | Values::Sizes(columns) => columns.as_slice(),
            Values::None => return Vec::new(),
        };
        let columns = origin.lists.iter().flat_map(|list| &list.columns).chain(values);
        let mut places = Vec::new();
        for &column in columns {
            let bits = self.inner.schema.columns.get(column).and_then(|c| c.encoding.bits()).unwrap_or(0) as u64;
            for page in self.inner.clusters.iter().filter_map(|cluster| cluster.pages(column)).flatten() {
                let unpacked = u64::from(page.elements).saturating_mul(bits).div_ceil(8);
                places.push(PagePlace { column, offset: page.offset, packed: page.packed, unpacked });
            }
        }
        places
    }

    /// The bytes of the file that a branch takes in a cluster, page by page, and the number of elements of each: first the
    /// ends of its lists, then its values. Checksums are not counted.
    pub fn page_bytes(&self, branch: BranchId, cluster: usize) -> Vec<(std::ops::Range<u64>, u32)> {
        let found = (self.inner.clusters.get(cluster), self.inner.origins.get(branch.index()));
        let (Some(cluster), Some(origin)) = found else { return Vec::new() };
        let pages = |columns: &[usize]| columns.iter().find_map(|column| cluster.pages(*column)).unwrap_or_default();
        let values = match &origin.values {
            Values::Numbers(columns) | Values::Sizes(columns) => pages(columns),
            Values::None => &[],
        };
        let lists = origin.lists.iter().flat_map(|list| pages(&list.columns));
        lists.chain(values).map(|page| (page.offset..page.offset.saturating_add(page.packed), page.elements)).collect()
    }
}
