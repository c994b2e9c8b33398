//! Where the pages of a branch are in the file: for programs that read ahead, or that measure what reading takes at least.

use std::ops::Range;

use super::Ntuple;
use super::clusters::Page;
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
        if matches!(origin.values, Values::None) {
            return Vec::new();
        }
        let mut places = Vec::new();
        for &column in origin.columns().flatten() {
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
    pub fn page_bytes(&self, branch: BranchId, cluster: usize) -> Vec<(Range<u64>, u32)> {
        let pages = self.pages_in(branch, cluster);
        pages.map(|page| (page.offset..page.offset.saturating_add(page.packed), page.elements)).collect()
    }

    /// The bytes of the file that what a cluster holds of a branch takes: its pages, with their checksums. For reading
    /// ahead: [`Ntuple::read_basket`] checks them.
    pub fn basket_bytes(&self, branch: BranchId, cluster: usize) -> Vec<Range<u64>> {
        self.pages_in(branch, cluster).filter_map(Page::bytes).collect()
    }

    /// The pages of a branch in a cluster: the ends of its lists, then its values, each by the representation that the
    /// cluster has.
    fn pages_in(&self, branch: BranchId, cluster: usize) -> impl Iterator<Item = &Page> {
        let found = self.inner.clusters.get(cluster).zip(self.inner.origins.get(branch.index()));
        found.into_iter().flat_map(|(cluster, origin)| {
            origin.columns().filter_map(|columns| columns.iter().find_map(|column| cluster.pages(*column))).flatten()
        })
    }
}
