//! What is known of the members of tuples.

use super::super::dag::{CollectionId, Dag, List, ListNode};

/// The list of the member of tuples that a word is, if they have two members of it in order.
pub(super) fn ordered_member(dag: &Dag, tuples: List, word: u8) -> Option<List> {
    match dag.list(tuples) {
        ListNode::Combine { of, after, .. } => {
            let single = of.iter().all(|list| dag.leaves(*list).len() == 1);
            let member = *of.get(word as usize).filter(|_| single)?;
            let ordered = of.iter().zip(after).any(|(list, after)| *list == member && after.is_some());
            ordered.then_some(member)
        }
        ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => {
            ordered_member(dag, *of, word)
        }
        ListNode::All(_)
        | ListNode::Union(_)
        | ListNode::Elements(_)
        | ListNode::Map { .. }
        | ListNode::Reach { .. } => None,
    }
}

/// True if a tuple list is made of whole collections.
pub(super) fn runs_over_all(dag: &Dag, list: List) -> bool {
    match dag.list(list) {
        ListNode::Combine { of, .. } => of.iter().all(|l| matches!(dag.list(*l), ListNode::All(_))),
        ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => runs_over_all(dag, *of),
        ListNode::All(_)
        | ListNode::Union(_)
        | ListNode::Elements(_)
        | ListNode::Map { .. }
        | ListNode::Reach { .. } => false,
    }
}

/// True if every tuple of a list has two different entries of a collection.
pub(super) fn is_paired(dag: &Dag, list: List, collection: CollectionId) -> bool {
    match dag.list(list) {
        ListNode::Combine { of, after, .. } => paired(dag, of, after).contains(&collection),
        ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => {
            is_paired(dag, *of, collection)
        }
        ListNode::All(_)
        | ListNode::Union(_)
        | ListNode::Elements(_)
        | ListNode::Map { .. }
        | ListNode::Reach { .. } => false,
    }
}

/// The collections of which tuples have two different entries: members in order in one list of different entries.
pub(super) fn paired(dag: &Dag, of: &[List], after: &[Option<u8>]) -> Vec<CollectionId> {
    let ordered = of.iter().zip(after).filter(|(_, after)| after.is_some());
    ordered.filter_map(|(list, _)| entries_of(dag, *list)).collect()
}

/// The collection of a list in which no entry is twice.
pub(super) fn entries_of(dag: &Dag, list: List) -> Option<CollectionId> {
    match dag.list(list) {
        ListNode::All(collection) => Some(*collection),
        ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => entries_of(dag, *of),
        ListNode::Union(_)
        | ListNode::Combine { .. }
        | ListNode::Elements(_)
        | ListNode::Map { .. }
        | ListNode::Reach { .. } => None,
    }
}
