//! Which compressed blocks of a ROOT file a task needs: the baskets of a tree, or the pages of an RNTuple.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::FileExt;

use adl_root::{BranchId, File, Ntuple, Tree};

/// A basket's payload or a page.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Where it begins in the file.
    pub offset: u64,
    /// Bytes in the file.
    pub packed: usize,
    /// Bytes once decompressed; the same number if it is not compressed.
    pub unpacked: usize,
}

/// The events of a file.
pub enum Events {
    /// In a tree.
    Tree(Tree),
    /// In an RNTuple.
    Ntuple(Ntuple),
}

impl Events {
    /// The tree or RNTuple `Events` of a file.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub fn open(file: &File) -> Result<Events, String> {
        match file.trees().iter().any(|t| t.path == "Events") {
            true => file.tree("Events").map(Events::Tree),
            false => file.ntuple("Events").map(Events::Ntuple),
        }
        .map_err(|e| e.to_string())
    }

    /// The number of a branch; the b tag of the sample events has another name.
    ///
    /// # Errors
    /// If there is none.
    pub fn branch(&self, name: &str) -> Result<BranchId, String> {
        let find = |name: &str| match self {
            Events::Tree(tree) => tree.branch(name).map(|b| b.id),
            Events::Ntuple(ntuple) => ntuple.branch(name).map(|b| b.id),
        };
        let other = || if name == "Jet_btag" { find("Jet_btagDeepFlavB") } else { None };
        find(name).or_else(other).ok_or_else(|| format!("there is no branch {name}"))
    }

    /// True if values are stored as big-endian numbers, to be swapped; the pages of an RNTuple are decoded otherwise, which
    /// the floor leaves out.
    pub fn is_swapped(&self) -> bool {
        matches!(self, Events::Tree(_))
    }

    /// The blocks of some branches, each once. The last basket of a branch can be in the tree's own record, which has been
    /// read by then: it is left out.
    ///
    /// # Errors
    /// If there is no such branch, or a basket has no key.
    pub fn blocks(&self, bytes: &fs::File, names: &[String]) -> Result<Vec<Block>, String> {
        let mut blocks = Vec::new();
        let mut seen = HashSet::new();
        for name in names {
            let id = self.branch(name)?;
            match self {
                Events::Tree(tree) => {
                    let places = (0..tree.borders(id).len() - 1).filter_map(|i| tree.basket_bytes(id, i));
                    for place in places {
                        blocks.push(payload(bytes, place.start)?);
                    }
                }
                Events::Ntuple(ntuple) => {
                    for page in ntuple.pages(id).iter().filter(|page| seen.insert((page.column, page.offset))) {
                        let (packed, unpacked) = (page.packed as usize, page.unpacked as usize);
                        blocks.push(Block { offset: page.offset, packed, unpacked });
                    }
                }
            }
        }
        Ok(blocks)
    }
}

/// The payload of the basket whose key is at an offset: `fNbytes`, a version, `fObjlen`, `fDatime`, `fKeylen` (`TKey`).
fn payload(file: &fs::File, offset: u64) -> Result<Block, String> {
    let mut head = [0; 16];
    file.read_exact_at(&mut head, offset).map_err(|e| e.to_string())?;
    let [n0, n1, n2, n3, _, _, o0, o1, o2, o3, _, _, _, _, k0, k1] = head;
    let all = u32::from_be_bytes([n0, n1, n2, n3]) as usize;
    let unpacked = u32::from_be_bytes([o0, o1, o2, o3]) as usize;
    let key = usize::from(u16::from_be_bytes([k0, k1]));
    let packed = all.checked_sub(key).ok_or("a basket is smaller than its key")?;
    Ok(Block { offset: offset + key as u64, packed, unpacked })
}
