//! Long chains of files: what a run keeps does not grow with the files that are behind it, nor much with those before it.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/counting.rs"]
mod counting;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adl_root::write::{Branch, Column, Directory, FileWriter, Lists, NtupleWriter, TreeWriter};
use adl_root::{Element, Values};
use adl_runtime::chain::open_all;
use adl_runtime::job::Job;
use adl_runtime::memory::MemoryFile;
use adl_runtime::reader::{FileReader, ReadError, Scratch, Segment, open};
use adl_runtime::run::run;
use adl_runtime::schema::FileSchema;
use common::{ByHand, Events, Random};
use counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Clone, Copy, Debug)]
enum Format {
    Tree,
    Ntuple,
}

/// A folder with files that have the same events, gone at the end.
struct Chain {
    folder: PathBuf,
    files: Vec<PathBuf>,
    events: usize,
}

impl Chain {
    /// Files with so many events, and so many columns that are not read.
    fn new(format: Format, files: usize, events: usize, unread: usize) -> Chain {
        let folder = std::env::temp_dir().join(format!("adl-chains-{format:?}-{events}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files: Vec<PathBuf> = (0..files).map(|number| folder.join(format!("{number}.root"))).collect();
        let (first, others) = files.split_first().unwrap();
        write(first, format, events, unread);
        for other in others {
            std::fs::copy(first, other).unwrap();
        }
        Chain { folder, files, events }
    }

    /// The memory that the first files take once they are open, and the most that a run over them needs beside that.
    fn memory(&self, files: usize, threads: usize) -> [usize; 2] {
        let open = || open_all(&self.files[..files], false, |path: &Path| open(path, None, &[])).unwrap();
        let (kept, readers) = counting::kept(open);
        let kernel = ByHand::new(0.5);
        let (most, outcome) = counting::most(|| run(&Job { threads, ..Job::new(&kernel, readers) }).unwrap());
        assert_eq!(outcome.counters[0] as usize, files * self.events);
        [kept, most]
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// All events are in one cluster of an RNTuple.
fn write(path: &Path, format: Format, events: usize, unread: usize) {
    let mut random = Random(7);
    let x: Vec<f64> = (0..events).map(|_| random.unit()).collect();
    let counts: Vec<i32> = (0..events).map(|_| (random.next() % 3) as i32).collect();
    let pt: Vec<f64> = (0..counts.iter().sum()).map(|_| random.unit() * 100.0).collect();
    let bad = vec![0; events];
    let branch = |name: &str, element, lists| Branch { name: name.to_string(), element, lists };
    let mut branches = vec![
        branch("x", Element::F64, Lists::None),
        branch("w", Element::F64, Lists::None),
        branch("njet", Element::I32, Lists::None),
        branch("jet_pt", Element::F64, Lists::Counted(2)),
        branch("bad", Element::I32, Lists::None),
    ];
    branches.extend((0..unread).map(|number| branch(&format!("unread_{number}"), Element::I32, Lists::None)));
    let read = [Values::F64(&x), Values::F64(&x), Values::I32(&counts), Values::F64(&pt), Values::I32(&bad)];
    let unread = std::iter::repeat_n(Values::I32(&bad), unread);
    let columns: Vec<Column<'_>> = read.into_iter().chain(unread).map(Column::Values).collect();
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
        let chain = Chain::new(format, 14, 80_000, 0);
        for threads in [1, 2] {
            // Memory of values that is used again, whatever the file, is there afterwards.
            chain.memory(4, threads);
            let ([_, few], [_, many]) = (chain.memory(4, threads), chain.memory(14, threads));
            let each = many.saturating_sub(few) / 10;
            println!("{format:?}, {threads} threads: {few} bytes for 4 files, {each} for each further one");
            // The ends of the lists of a file are 320,000 bytes. Two threads are not always at the same places.
            assert!(each < if threads == 1 { 10_000 } else { 200_000 }, "{format:?}, {threads} threads: {each}");
        }
    }
}

#[test]
fn a_run_keeps_little_of_the_files_before_it() {
    let _alone = counting::alone();
    for format in [Format::Tree, Format::Ntuple] {
        let chain = Chain::new(format, 48, 16, 1000);
        chain.memory(8, 1);
        let ([few, run_few], [many, run_many]) = (chain.memory(8, 1), chain.memory(48, 1));
        let (each, run_each) = (many.saturating_sub(few) / 40, run_many.saturating_sub(run_few) / 40);
        println!(
            "{format:?}: {few} bytes for 8 files, {each} for each further one; in the run {run_few} and {run_each}"
        );
        // The first few stay open until they are read; an open one takes half a megabyte. Of all others the columns are the
        // same, in memory that is that of one of the first or not.
        assert!(each < 20_000, "{format:?}: {each}");
        assert!(run_each < 4000, "{format:?}: {run_each}");
    }
}

/// Files in memory that are open.
#[derive(Default)]
struct Open {
    now: AtomicUsize,
    most: AtomicUsize,
    ever: AtomicUsize,
}

/// A file in memory, as one on a disk.
struct OnDisk {
    file: Arc<MemoryFile>,
    open: Arc<Open>,
}

impl OnDisk {
    fn new(file: Arc<MemoryFile>, open: Arc<Open>) -> OnDisk {
        let now = open.now.fetch_add(1, Ordering::SeqCst) + 1;
        open.most.fetch_max(now, Ordering::SeqCst);
        open.ever.fetch_add(1, Ordering::SeqCst);
        OnDisk { file, open }
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        self.open.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl FileReader for OnDisk {
    fn is_opened_again(&self) -> bool {
        true
    }

    fn path(&self) -> &Path {
        self.file.path()
    }

    fn size(&self) -> u64 {
        self.file.size()
    }

    fn uuid(&self) -> &str {
        self.file.uuid()
    }

    fn schema(&self) -> &FileSchema {
        self.file.schema()
    }

    fn begins_anywhere(&self) -> bool {
        self.file.begins_anywhere()
    }

    fn borders(&self, column: usize) -> &[u64] {
        self.file.borders(column)
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        self.file.decode(column, segment, scratch)
    }
}

#[test]
fn files_are_open_while_their_events_are_read() {
    let _alone = counting::alone();
    let names: Vec<PathBuf> = (0..40).map(|number| PathBuf::from(number.to_string())).collect();
    let file = |path: &Path| Events::random(3, 3000, 0.0).file(path.to_str().unwrap(), 1);
    let kernel = ByHand::new(0.5);
    let all: Vec<_> = names.iter().map(|path| file(path) as Arc<dyn FileReader>).collect();
    let expected = run(&Job { chunk: 512, ..Job::new(&kernel, all) }).unwrap();
    for threads in [1, 3] {
        let open = Arc::new(Open::default());
        let of = open.clone();
        let readers =
            open_all(&names, false, move |path| Ok(Arc::new(OnDisk::new(file(path), of.clone())) as _)).unwrap();
        let count = |what: &AtomicUsize| what.load(Ordering::SeqCst);
        assert_eq!((count(&open.now), count(&open.ever)), (4, 40));
        open.most.store(0, Ordering::SeqCst);
        let outcome = run(&Job { chunk: 512, threads, ..Job::new(&kernel, readers.clone()) }).unwrap();
        assert_eq!((outcome.counters, outcome.sums), (expected.counters.clone(), expected.sums.clone()));
        // Of those that were open from the beginning three are not read yet when the first one that was not is opened; a
        // thread takes eight chunks at a time, which are those of two files.
        assert!(count(&open.most) <= 4 + 2 * threads, "{threads} threads: {}", count(&open.most));
        assert_eq!((count(&open.now), count(&open.ever)), (0, 40 + 36));
        // Who does not open a file, and asks what only the open file knows, opens it.
        assert_eq!(readers[39].borders(0), file(&names[39]).borders(0));
        assert_eq!((count(&open.now), count(&open.ever)), (1, 40 + 37));
        drop(readers);
        assert_eq!(count(&open.now), 0);
    }
}

#[test]
fn a_file_that_is_another_one_when_it_is_due_is_not_read() {
    let _alone = counting::alone();
    let chain = Chain::new(Format::Tree, 6, 64, 0);
    let readers = || open_all(&chain.files, false, |path: &Path| open(path, None, &[])).unwrap();
    let kernel = ByHand::new(0.5);
    let (changed, gone) = (readers(), readers());
    write(&chain.files[5], Format::Tree, 65, 0);
    let error = run(&Job::new(&kernel, changed)).unwrap_err();
    let expected = format!("{}: the file was changed while the run was on its way to it", chain.files[5].display());
    assert_eq!((error.to_string(), error.exit_code()), (expected, 5));
    std::fs::remove_file(&chain.files[5]).unwrap();
    let error = run(&Job::new(&kernel, gone.clone())).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: there is no such file", chain.files[5].display()));
    let said = gone[5].decode(0, 0, &mut Scratch::default()).unwrap_err();
    assert_eq!((gone[5].borders(0), said.to_string()), (&[0, 64][..], error.to_string()));
}
