//! The floor: what a task takes at least on a ROOT file. Its blocks are read, decompressed by the fastest library at hand
//! and, in a tree, swapped to native byte order; then a loop written by hand computes the task from arrays in memory. The
//! floor does not open the file, does not look for the blocks, does not put columns together and, in an RNTuple, does not
//! decode them.

mod arrays;
mod blocks;
mod loops;
mod read;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use arrays::{Arrays, Collection, branches};
use blocks::{Block, Events};
use loops::Histogram;
use read::{Lz4, Reader};

use crate::thread_cpu;

/// A task on a file, made ready.
struct Ready {
    task: usize,
    id: FileId,
    file: fs::File,
    blocks: Vec<Block>,
    swap: bool,
    arrays: Arrays,
}

/// What the floor of a task is.
#[derive(Clone, Debug, Default)]
pub struct Floor {
    /// CPU time to read, decompress and swap with `lz4_flex`.
    pub read_flex: Duration,
    /// The same with the C library; none if the file has no LZ4.
    pub read_c: Option<Duration>,
    /// CPU time of the loop.
    pub compute: Duration,
    /// All of it by the clock, both readings of LZ4 included.
    pub wall: Duration,
    /// Bytes of the blocks in the files.
    pub packed: u64,
    /// Bytes of the blocks decompressed.
    pub unpacked: u64,
    /// The contents of the task's histograms, underflow first, overflow last.
    pub histograms: Vec<Vec<u64>>,
}

impl Floor {
    /// The faster reading, and the loop.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        self.read_c.map_or(self.read_flex, |c| c.min(self.read_flex)) + self.compute
    }
}

/// Keeps the arrays of one task in memory.
pub struct FloorRunner {
    reader: Reader,
    ready: Vec<Ready>,
}

impl FloorRunner {
    /// Nothing is read yet.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn new() -> Result<FloorRunner, String> {
        Ok(FloorRunner { reader: Reader::new()?, ready: Vec::new() })
    }

    /// Measures a task on files.
    ///
    /// # Errors
    /// Anything that goes wrong, in words.
    pub fn run(&mut self, task: usize, files: &[PathBuf]) -> Result<Floor, String> {
        self.prepare(task, files)?;
        let mut floor = Floor::default();
        let all = Instant::now();
        for path in files {
            let id = id(path)?;
            let Some(ready) = self.ready.iter().find(|r| r.id == id) else { continue };
            let reader = &mut self.reader;
            reader.has_lz4 = false;
            floor.read_flex += reader.read(&ready.file, &ready.blocks, ready.swap, Lz4::Flex)?;
            if reader.has_lz4 {
                let took = reader.read(&ready.file, &ready.blocks, ready.swap, Lz4::C)?;
                *floor.read_c.get_or_insert_default() += took;
            }
            floor.packed += ready.blocks.iter().map(|b| b.packed as u64).sum::<u64>();
            floor.unpacked += ready.blocks.iter().map(|b| b.unpacked as u64).sum::<u64>();
            let begin = thread_cpu();
            let histograms = loops::run(task, &ready.arrays);
            floor.compute += thread_cpu() - begin;
            add(&mut floor.histograms, &histograms);
        }
        floor.wall = all.elapsed();
        Ok(floor)
    }

    /// What the loop of task 6 reads, as `peers/three_jets.cxx` expects it.
    ///
    /// # Errors
    /// Anything that goes wrong, in words.
    pub fn three_jets(&mut self, file: &Path) -> Result<Vec<u8>, String> {
        self.prepare(6, &[file.to_path_buf()])?;
        let jets = &self.ready.first().ok_or("no events")?.arrays.jets;
        let mut bytes = Vec::new();
        for size in [jets.starts.len().saturating_sub(1), jets.pt.len()] {
            bytes.extend((size as u64).to_le_bytes());
        }
        bytes.extend(jets.starts.iter().flat_map(|n| n.to_le_bytes()));
        for values in [&jets.pt, &jets.eta, &jets.phi, &jets.mass, &jets.btag] {
            bytes.extend(values.iter().flat_map(|x| x.to_le_bytes()));
        }
        Ok(bytes)
    }

    /// Finds the blocks and reads the arrays of the files that are not ready.
    fn prepare(&mut self, task: usize, files: &[PathBuf]) -> Result<(), String> {
        let ids = files.iter().map(|f| id(f)).collect::<Result<Vec<_>, _>>()?;
        self.ready.retain(|r| r.task == task && ids.contains(&r.id));
        for (path, id) in files.iter().zip(ids) {
            if self.ready.iter().any(|r| r.id == id) {
                continue;
            }
            let named = |e: String| format!("{}: {e}", path.display());
            let file = fs::File::open(path).map_err(|e| named(e.to_string()))?;
            let root = adl_root::File::open(path).map_err(|e| e.to_string())?;
            let events = Events::open(&root)?;
            let blocks = events.blocks(&file, &branches(task)).map_err(named)?;
            let arrays = Arrays::read(&events, task).map_err(named)?;
            self.ready.push(Ready { task, id, file, blocks, swap: events.is_swapped(), arrays });
        }
        Ok(())
    }
}

/// Device and number of a file: a chain of links to one file is kept in memory once.
type FileId = (u64, u64);

fn id(path: &Path) -> Result<FileId, String> {
    let meta = fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok((meta.dev(), meta.ino()))
}

fn add(to: &mut Vec<Vec<u64>>, histograms: &[Histogram]) {
    to.resize(histograms.len(), Vec::new());
    for (to, histogram) in to.iter_mut().zip(histograms) {
        to.resize(histogram.cells.len(), 0);
        for (to, n) in to.iter_mut().zip(&histogram.cells) {
            *to += n;
        }
    }
}
