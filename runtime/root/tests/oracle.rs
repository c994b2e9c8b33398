//! Every branch of every shared file against sums that uproot made (`branch-sums.json`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod sums;

use std::collections::BTreeMap;

use adl_root::{BranchId, BranchKind, File, Scratch, Tree};
use serde_json::Value;
use sums::{Summary, agree, summary, together};

#[derive(Default)]
struct Tally {
    equal: usize,
    wrong: Vec<String>,
    refused: BTreeMap<String, usize>,
    unchecked: usize,
}

/// The numbers of an object that uproot reads as one: of its members together, without what `TObject` has.
fn members(tree: &Tree, parent: BranchId) -> Result<Summary, String> {
    let below = tree.branches().iter().filter(|b| b.parent == Some(parent));
    let wanted = below.filter(|b| !b.name.ends_with("fUniqueID") && !b.name.ends_with("fBits"));
    let columns: Result<Vec<_>, _> = wanted.map(|b| tree.read_branch(b.id)).collect();
    let columns = columns.map_err(|e| e.to_string())?;
    Ok(together(columns.iter().map(|column| summary(&column.values()))))
}

/// Where uproot 5.7.7 is wrong, count and sum as ROOT 6.40 reads them: it keeps `Float16_t` sums in 32 bits, and takes
/// the process numbers behind the flag words of referenced objects for flag words.
fn corrected(label: &str, branch: &str) -> Option<(usize, f64)> {
    let reduced = label.contains("double32-float16");
    match branch {
        "float16_16" if reduced => Some((17, 40.49980873584718)),
        "float16_10" if reduced => Some((17, 40.47963931597769)),
        "float16_5" if reduced => Some((17, 40.11968821287155)),
        "float16_3" if reduced => Some((17, 39.72250011563301)),
        "array_10" if reduced => Some((51, 121.43891794793308)),
        "Particle.fBits" if label.contains("delphes") => Some((14696, 14696.0 * 50331672.0)),
        "EFlowNeutralHadron.fBits" if label.contains("delphes") => Some((558, 558.0 * 50331672.0)),
        _ => None,
    }
}

fn check_tree(tree: &Tree, label: &str, oracle: &Value, tally: &mut Tally, seen: &mut usize) {
    let oracle = oracle["b"].as_object().unwrap();
    let mut used = BTreeMap::new();
    for branch in tree.branches() {
        let times = used.entry(branch.name.clone()).or_insert(0);
        *times += 1;
        let key = if *times > 1 { format!("{}#dup", branch.name) } else { branch.name.clone() };
        let expected = oracle.get(&key);
        match &branch.kind {
            BranchKind::Unsupported(reason) if reason.starts_with("it holds objects") => {
                if let Some(expected) = expected {
                    *seen += 1;
                    match members(tree, branch.id).and_then(|sums| agree(sums, expected)) {
                        Ok(()) => tally.equal += 1,
                        Err(e) => tally.wrong.push(format!("{label} {key}: {e}")),
                    }
                }
            }
            BranchKind::Texts { .. } if expected.is_none() => {
                for basket in 0..tree.borders(branch.id).len() - 1 {
                    if let Err(e) = tree.read_texts(branch.id, basket, &mut Scratch::default()) {
                        tally.wrong.push(format!("{label} {key}: {e}"));
                    }
                }
            }
            BranchKind::Texts { .. } => tally.wrong.push(format!("{label} {key}: text that uproot reads as numbers")),
            BranchKind::Unsupported(reason) => {
                if expected.is_some() {
                    let reason: String = reason.chars().filter(|c| !c.is_ascii_digit()).collect();
                    *tally.refused.entry(reason).or_insert(0) += 1;
                    if std::env::var_os("ADL_ROOT_LIST").is_some() {
                        println!("  refused: {label} {key} ({}, {:?})", branch.type_name, branch.kind);
                    }
                    *seen += 1;
                }
            }
            BranchKind::Values { .. } => match (tree.read_branch(branch.id), expected) {
                (Err(e), _) => tally.wrong.push(format!("{label} {key}: {e}")),
                (Ok(_), None) => tally.unchecked += 1,
                (Ok(column), Some(expected)) => {
                    *seen += 1;
                    let values = column.values();
                    if let Some(truth) = corrected(label, &key) {
                        let (count, sum, ..) = summary(&values);
                        assert_eq!((count, sum), truth, "{label} {key}");
                        tally.equal += 1;
                        continue;
                    }
                    match agree(summary(&values), expected) {
                        Ok(()) => tally.equal += 1,
                        Err(e) => tally.wrong.push(format!("{label} {key}: {e}")),
                    }
                }
            },
        }
    }
    if *seen < oracle.len() && std::env::var_os("ADL_ROOT_LIST").is_some() {
        let names: Vec<_> = oracle.keys().filter(|k| !used.contains_key(k.trim_end_matches("#dup"))).collect();
        println!("  not found: {label} {names:?}");
    }
}

#[test]
fn every_branch_agrees_with_uproot() {
    let Some(shared) = common::shared() else {
        return;
    };
    let text = std::fs::read_to_string(shared.join("data/branch-sums.json")).unwrap();
    let oracle: Value = serde_json::from_str(&text).unwrap();
    let mut total = Tally::default();
    let (mut asked, mut found, mut files) = (0, 0, 0);
    for (name, trees) in oracle.as_object().unwrap() {
        let path = shared.join("data").join(name);
        if !name.ends_with(".root") || common::is_rntuple(&path) {
            continue;
        }
        let file = File::open(&path).unwrap();
        files += 1;
        for (tree_name, sums) in trees.as_object().unwrap() {
            let label = format!("{name} {tree_name}");
            let tree = match file.tree(tree_name) {
                Ok(tree) => tree,
                Err(e) => {
                    total.wrong.push(format!("{label}: {e}"));
                    continue;
                }
            };
            let mut tally = Tally::default();
            let mut seen = 0;
            check_tree(&tree, &label, sums, &mut tally, &mut seen);
            let refused: usize = tally.refused.values().sum();
            let of = sums["b"].as_object().unwrap().len();
            println!(
                "{label}: {} of {of} equal, {refused} refused, {} wrong, {} not in the oracle",
                tally.equal,
                tally.wrong.len(),
                tally.unchecked
            );
            asked += of;
            found += seen;
            total.equal += tally.equal;
            total.unchecked += tally.unchecked;
            total.wrong.extend(tally.wrong);
            for (reason, n) in tally.refused {
                *total.refused.entry(reason).or_insert(0) += n;
            }
        }
    }
    println!(
        "counted: {files} files, {asked} branches that uproot reads, {} equal, {} refused, {} wrong; {} more are read",
        total.equal,
        total.refused.values().sum::<usize>(),
        total.wrong.len(),
        total.unchecked
    );
    for (reason, n) in &total.refused {
        println!("counted: {n} refused: {reason}");
    }
    for wrong in total.wrong.iter().take(40) {
        println!("  wrong: {wrong}");
    }
    assert!(total.wrong.is_empty());
    assert_eq!(found, asked, "every branch that uproot reads is listed");
}
