//! Long chains of files: what a run keeps does not grow with the files that are behind it.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/counting.rs"]
mod counting;

use std::path::{Path, PathBuf};

use adl_root::write::{Branch, Column, Directory, FileWriter, Lists, NtupleWriter, TreeWriter};
use adl_root::{Element, Values};
use adl_runtime::chain::open_all;
use adl_runtime::job::Job;
use adl_runtime::reader::open;
use adl_runtime::run::run;
use common::{ByHand, Random};
use counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Events of a file: all in one cluster of an RNTuple, or in one basket of a branch.
const EVENTS: usize = 80_000;

#[derive(Clone, Copy, Debug)]
enum Format {
    Tree,
    Ntuple,
}

/// A folder with files that have the same events, gone at the end.
struct Chain {
    folder: PathBuf,
    files: Vec<PathBuf>,
}

impl Chain {
    fn new(format: Format, files: usize) -> Chain {
        let folder = std::env::temp_dir().join(format!("adl-chains-{format:?}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files: Vec<PathBuf> = (0..files).map(|number| folder.join(format!("{number}.root"))).collect();
        let (first, others) = files.split_first().unwrap();
        write(first, format);
        for other in others {
            std::fs::copy(first, other).unwrap();
        }
        Chain { folder, files }
    }

    /// The most memory that a run over the first files needs.
    fn most(&self, files: usize, threads: usize) -> usize {
        let kernel = ByHand::new(0.5);
        let (most, outcome) = counting::most(|| {
            let readers = open_all(&self.files[..files], false, |path: &Path| open(path, None, &[])).unwrap();
            run(&Job { threads, ..Job::new(&kernel, readers) }).unwrap()
        });
        assert_eq!(outcome.counters[0] as usize, files * EVENTS);
        most
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn write(path: &Path, format: Format) {
    let mut random = Random(7);
    let x: Vec<f64> = (0..EVENTS).map(|_| random.unit()).collect();
    let counts: Vec<i32> = (0..EVENTS).map(|_| (random.next() % 3) as i32).collect();
    let pt: Vec<f64> = (0..counts.iter().sum()).map(|_| random.unit() * 100.0).collect();
    let bad = vec![0; EVENTS];
    let branch = |name: &str, element, lists| Branch { name: name.to_string(), element, lists };
    let branches = vec![
        branch("x", Element::F64, Lists::None),
        branch("w", Element::F64, Lists::None),
        branch("njet", Element::I32, Lists::None),
        branch("jet_pt", Element::F64, Lists::Counted(2)),
        branch("bad", Element::I32, Lists::None),
    ];
    let columns = [Values::F64(&x), Values::F64(&x), Values::I32(&counts), Values::F64(&pt), Values::I32(&bad)];
    let columns = columns.map(Column::Values);
    let mut file = FileWriter::create(path).unwrap();
    match format {
        Format::Tree => {
            let mut tree = TreeWriter::new(Directory::TOP, "Events", "", branches).unwrap();
            tree.fill(&mut file, &columns).unwrap();
            tree.finish(&mut file).unwrap();
        }
        Format::Ntuple => {
            let mut ntuple = NtupleWriter::new(Directory::TOP, "Events", "", branches).unwrap();
            ntuple.fill(&mut file, &columns).unwrap();
            ntuple.finish(&mut file).unwrap();
        }
    }
    file.finish().unwrap();
}

#[test]
fn a_run_keeps_nothing_of_the_files_behind_it() {
    let _alone = counting::alone();
    for format in [Format::Tree, Format::Ntuple] {
        let chain = Chain::new(format, 14);
        for threads in [1, 2] {
            // Memory of values that is used again, whatever the file, is there afterwards.
            chain.most(4, threads);
            let (few, many) = (chain.most(4, threads), chain.most(14, threads));
            let each = many.saturating_sub(few) / 10;
            println!("{format:?}, {threads} threads: {few} bytes for 4 files, {each} for each further one");
            // The ends of the lists of a file are 320,000 bytes. Two threads are not always at the same places.
            assert!(each < if threads == 1 { 40_000 } else { 160_000 }, "{format:?}, {threads} threads: {each}");
        }
    }
}
