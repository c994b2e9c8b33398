//! What is known of a part before it is emitted.

use std::collections::{HashMap, HashSet};

use crate::exec::describe::each;
use crate::plan::HistogramId;
use crate::plan::placed::Op;

/// The histograms with one fill operation.
pub(super) fn filled_once(body: &[Op]) -> HashSet<HistogramId> {
    let mut counts: HashMap<HistogramId, u32> = HashMap::new();
    each(body, &mut |op| {
        if let Op::Fill { histogram, .. } = op {
            *counts.entry(*histogram).or_default() += 1;
        }
    });
    counts.retain(|_, count| *count == 1);
    counts.into_keys().collect()
}

/// What becomes of the lists and tables that a part makes.
#[derive(PartialEq)]
pub(super) enum Keeps {
    /// It makes none.
    Nothing,
    /// They are used in the part only.
    Scratch,
    /// Some are kept for later parts.
    Some,
}

impl Keeps {
    /// Of a part's body.
    pub(super) fn of(body: &[Op]) -> Keeps {
        let mut keeps = Keeps::Nothing;
        each(body, &mut |op| match op {
            Op::StoreList(..) | Op::StoreTable(..) => keeps = Keeps::Some,
            Op::Begin(_) | Op::BeginTable(_) if keeps == Keeps::Nothing => keeps = Keeps::Scratch,
            _ => {}
        });
        keeps
    }
}
