//! Lists the trees and RNTuples of a ROOT file and their branches: `cargo run -p adl-root --example list_branches -- FILE`.

use adl_root::{Branch, BranchKind, Error, File};

fn main() {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/layouts.root").to_string());
    if let Err(e) = list(&path) {
        eprintln!("{e}");
        std::process::exit(1);
    }
}

fn list(path: &str) -> Result<(), Error> {
    let file = File::open(path)?;
    println!("{path}: written by ROOT {}, uuid {}", file.root_version(), file.uuid());
    for problem in file.problems() {
        println!("  {problem}");
    }
    for info in file.trees() {
        println!("{} ({}), {} entries", info.path, info.title, info.entries);
        let tree = file.tree(&info.path)?;
        for branch in tree.branches() {
            show(branch, &format!("{} baskets", tree.borders(branch.id).len() - 1));
        }
    }
    for info in file.ntuples() {
        let ntuple = file.ntuple(&info.path)?;
        let clusters = format!("{} clusters", ntuple.borders().len() - 1);
        println!("{} ({}), {} entries, by {}", info.path, ntuple.title(), info.entries, ntuple.writer());
        ntuple.branches().iter().for_each(|branch| show(branch, &clusters));
    }
    Ok(())
}

fn show(branch: &Branch, parts: &str) {
    match &branch.kind {
        BranchKind::Values { element, shape } => {
            println!("  {}: {element} {shape:?}, {parts}, {}", branch.path, branch.codec);
        }
        BranchKind::Texts { shape } => println!("  {}: text {shape:?}, {parts}, {}", branch.path, branch.codec),
        BranchKind::Unsupported(reason) => {
            println!("  {}: not read, {reason}", branch.path)
        }
    }
}
