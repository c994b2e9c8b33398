//! Where the events of a ROOT file are: in a tree, whose branches have baskets of their own, or in an RNTuple, whose
//! branches are all divided at the same events.

use adl_root::{Basket, Branch, BranchId, Error, File, Friend, Ntuple, Scratch, Texts, Tree};

/// A tree or an RNTuple.
pub(super) enum Events {
    Tree(Tree),
    Ntuple(Ntuple),
}

/// One that is in the file.
pub(super) struct Listed {
    pub path: String,
    pub entries: u64,
}

impl Events {
    /// The one of this name; if both have it, the tree.
    pub(super) fn open(file: &File, name: &str) -> Result<Events, Error> {
        match file.tree(name) {
            Ok(tree) => Ok(Events::Tree(tree)),
            Err(no_tree @ Error::Missing { .. }) => match file.ntuple(name) {
                Ok(ntuple) => Ok(Events::Ntuple(ntuple)),
                // Of a file that has trees too, those are what was probably meant.
                Err(Error::Missing { .. }) if !file.trees().is_empty() || file.ntuples().is_empty() => Err(no_tree),
                Err(e) => Err(e),
            },
            Err(e) => Err(e),
        }
    }

    /// All of a file.
    pub(super) fn list(file: &File) -> Vec<Listed> {
        let all = file.trees().into_iter().chain(file.ntuples());
        all.map(|found| Listed { path: found.path, entries: found.entries }).collect()
    }

    pub(super) fn format(&self) -> &'static str {
        match self {
            Events::Tree(_) => "TTree",
            Events::Ntuple(_) => "RNTuple",
        }
    }

    pub(super) fn file(&self) -> &File {
        match self {
            Events::Tree(tree) => tree.file(),
            Events::Ntuple(ntuple) => ntuple.file(),
        }
    }

    /// Lets go of memory that can be had again from the file.
    pub(super) fn rest(&self) {
        match self {
            Events::Tree(tree) => tree.file().rest(),
            Events::Ntuple(ntuple) => ntuple.rest(),
        }
    }

    pub(super) fn entries(&self) -> u64 {
        match self {
            Events::Tree(tree) => tree.entries(),
            Events::Ntuple(ntuple) => ntuple.entries(),
        }
    }

    /// What a tree says of its friends.
    pub(super) fn friends(&self) -> &[Friend] {
        match self {
            Events::Tree(tree) => tree.friends(),
            Events::Ntuple(_) => &[],
        }
    }

    pub(super) fn branches(&self) -> &[Branch] {
        match self {
            Events::Tree(tree) => tree.branches(),
            Events::Ntuple(ntuple) => ntuple.branches(),
        }
    }

    /// Where the parts of a branch of numbers begin; empty for others.
    pub(super) fn borders(&self, branch: BranchId) -> &[u64] {
        let found = self.branches().get(branch.index());
        match self {
            Events::Tree(tree) if found.is_some_and(|b| b.values().is_some()) => tree.borders(branch),
            Events::Ntuple(ntuple) if found.is_some_and(|b| b.values().is_some()) => ntuple.parts(),
            Events::Tree(_) | Events::Ntuple(_) => &[],
        }
    }

    /// The same of a branch of texts.
    pub(super) fn text_borders(&self, branch: BranchId) -> &[u64] {
        let found = self.branches().get(branch.index());
        match self {
            Events::Tree(tree) if found.is_some_and(|b| b.texts().is_some()) => tree.borders(branch),
            Events::Ntuple(ntuple) if found.is_some_and(|b| b.texts().is_some()) => ntuple.borders(),
            Events::Tree(_) | Events::Ntuple(_) => &[],
        }
    }

    /// The basket of a tree, or what a part of a cluster of an RNTuple holds of a branch.
    pub(super) fn read(&self, branch: BranchId, part: usize, scratch: &mut Scratch) -> Result<Basket, Error> {
        match self {
            Events::Tree(tree) => tree.read_basket(branch, part, scratch),
            Events::Ntuple(ntuple) => ntuple.read_part(branch, part, scratch),
        }
    }

    /// The same of a branch of texts.
    pub(super) fn texts(&self, branch: BranchId, part: usize, scratch: &mut Scratch) -> Result<Texts, Error> {
        match self {
            Events::Tree(tree) => tree.read_texts(branch, part, scratch),
            Events::Ntuple(ntuple) => ntuple.read_texts(branch, part, scratch),
        }
    }

    /// Where that is in the file, for reading ahead: a basket, or the pages of a cluster.
    pub(super) fn bytes(&self, branch: BranchId, part: usize) -> Vec<std::ops::Range<u64>> {
        match self {
            Events::Tree(tree) => tree.basket_bytes(branch, part).into_iter().collect(),
            Events::Ntuple(ntuple) => ntuple.basket_bytes(branch, ntuple.cluster_of(part)),
        }
    }

    /// About the bytes of the file that a basket takes, or a part of a cluster: its share of the cluster.
    pub(super) fn stored(&self, branch: BranchId, part: usize) -> u64 {
        let bytes: u64 = self.bytes(branch, part).iter().map(|bytes| bytes.end.saturating_sub(bytes.start)).sum();
        let Events::Ntuple(ntuple) = self else { return bytes };
        let size =
            |borders: &[u64], at: usize| borders.get(at..).and_then(|b| b.first_chunk()).map_or(0, |[a, b]| b - a);
        let (own, whole) = (size(ntuple.parts(), part), size(ntuple.borders(), ntuple.cluster_of(part)));
        (bytes as f64 * own as f64 / whole.max(1) as f64) as u64
    }

    /// The codec of the first values of a branch, where it can differ from the one that was asked for.
    pub(super) fn codec(&self, branch: BranchId) -> Option<String> {
        match self {
            Events::Tree(tree) => tree.basket_codec(branch, 0).ok().map(|codec| codec.to_string()),
            Events::Ntuple(_) => None,
        }
    }
}
