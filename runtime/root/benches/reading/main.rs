//! How fast branches are read, in alternation with the bare loop that a reader must do who reads all of them: `cargo bench -p
//! adl-root -- FOLDER [NAME]` with the files of `tests/data/make_large.py`, or those whose names contain NAME.
//!
//! Prints MB/s of decoded values on one core, and the ratio of reader and bare loop.

#![allow(clippy::print_stdout)]

mod bare;

use std::path::{Path, PathBuf};

use adl_root::{Basket, Error, File, Ntuple, Scratch, Tree};
use rustix::time::{ClockId, clock_gettime};

use bare::{Bare, Block};

/// Passes over a branch; of each basket the best counts.
const PASSES: usize = 30;

fn main() {
    // Cargo adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let folder = arguments.next().or_else(|| std::env::var("ADL_BENCH_FILES").ok());
    let wanted = arguments.next().unwrap_or_default();
    let Some(folder) = folder else {
        println!(
            "skipped: cargo bench -p adl-root -- FOLDER; runtime/root/tests/data/make_large.py FOLDER makes the files"
        );
        return;
    };
    let mut files: Vec<PathBuf> = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(e) => return println!("{folder}: {e}"),
    };
    files.retain(|path| path.extension().is_some_and(|e| e == "root") && path.to_string_lossy().contains(&wanted));
    files.sort();
    println!("{:24} {:6} {:>8} {:>8} {:>8} {:>6}", "file", "branch", "MB", "MB/s", "bare", "ratio");
    for path in files {
        if let Err(e) = measure_file(&path) {
            println!("{e}");
        }
    }
}

/// Something with branches that are read in parts.
enum Columns {
    Tree(Tree),
    Ntuple(Ntuple),
}

impl Columns {
    fn borders(&self, branch: adl_root::BranchId) -> &[u64] {
        match self {
            Columns::Tree(tree) => tree.borders(branch),
            Columns::Ntuple(ntuple) => ntuple.borders(),
        }
    }

    fn read(&self, branch: adl_root::BranchId, part: usize, scratch: &mut Scratch) -> Result<Basket, Error> {
        match self {
            Columns::Tree(tree) => tree.read_basket(branch, part, scratch),
            Columns::Ntuple(ntuple) => ntuple.read_basket(branch, part, scratch),
        }
    }
}

fn measure_file(path: &Path) -> Result<(), Error> {
    let file = File::open(path)?;
    let bytes = std::fs::read(path).unwrap_or_default();
    let opened = || match (file.trees().first(), file.ntuples().first()) {
        (Some(tree), _) => file.tree(&tree.path).map(|tree| Some(Columns::Tree(tree))),
        (None, Some(ntuple)) => file.ntuple(&ntuple.path).map(|ntuple| Some(Columns::Ntuple(ntuple))),
        (None, None) => Ok(None),
    };
    let Some(columns) = opened()? else { return Ok(()) };
    let branches = match &columns {
        Columns::Tree(tree) => tree.branches(),
        Columns::Ntuple(ntuple) => ntuple.branches(),
    };
    for branch in branches.iter().filter(|branch| ["x", "v", "s", "Jet_pt"].contains(&branch.name.as_str())) {
        let parts = columns.borders(branch.id).len() - 1;
        let blocks: Option<Vec<Block>> = (0..parts).map(|part| bare::block(&columns, &bytes, branch, part)).collect();
        let Some(blocks) = blocks else {
            println!("{}: a part of {} is not where the bare loop looks", path.display(), branch.name);
            continue;
        };
        let name = path.file_stem().map(|s| s.to_string_lossy()).unwrap_or_default();
        print!("{name:24} {:6} ", branch.name);
        measure(&opened, branch.id, &bytes, &blocks)?;
    }
    Ok(())
}

/// What opens the tree or the RNTuple, of a file that has one.
type Open<'a> = &'a dyn Fn() -> Result<Option<Columns>, Error>;

fn measure(open: Open<'_>, branch: adl_root::BranchId, bytes: &[u8], blocks: &[Block]) -> Result<(), Error> {
    // The best time of each part, so that what else the machine does counts little.
    let mut best = vec![(f64::INFINITY, f64::INFINITY); blocks.len()];
    let mut size = 0;
    for pass in 0..PASSES {
        size = 0;
        // What is kept between baskets, by a thread or for all of them, begins anew: what it costs is part of the time of
        // the first ones.
        let Some(columns) = open()? else { return Ok(()) };
        let (mut bare, mut scratch) = (Bare::default(), Scratch::default());
        for (part, (block, (ours, theirs))) in blocks.iter().zip(&mut best).enumerate() {
            let (mut values, mut expected) = (0, 0);
            // Who comes second finds data in the cache and branches predicted: they take turns.
            for turn in 0..2 {
                let begin = seconds();
                if (pass + turn) % 2 == 0 {
                    let read = columns.read(branch, part, &mut scratch)?;
                    values = std::hint::black_box(&read).len() * read.element().width();
                    drop(read);
                    *ours = ours.min(seconds() - begin);
                } else {
                    expected = bare.read(bytes, block);
                    *theirs = theirs.min(seconds() - begin);
                }
            }
            if values != expected {
                println!("the bare loop has {expected} bytes of values in part {part}, the reader {values}");
                return Ok(());
            }
            size += values;
        }
    }
    let megabytes = size as f64 / 1e6;
    let (ours, theirs): (f64, f64) = best.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{megabytes:8.1} {:8.0} {:8.0} {:6.2}", megabytes / ours, megabytes / theirs, theirs / ours);
    Ok(())
}

/// The time that this thread has had.
fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
