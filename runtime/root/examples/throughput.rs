//! How fast branches of floats are read, in alternation with the bare loop that any reader must do: take the bytes of each
//! basket, decompress them, turn the values round, copy the offsets.
//!
//! `cargo run --release -p adl-root --example throughput -- FILE TREE BRANCH...`; `tests/data/make_large.py` makes files.

use std::time::Instant;

use adl_root::{Error, File, Scratch, Shape};

/// Passes of each; the best counts.
const PASSES: usize = 40;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, tree, branches @ ..] = arguments.as_slice() else {
        println!("usage: throughput FILE TREE BRANCH...");
        return;
    };
    println!("{:20} {:>6} {:>10} {:>12} {:>12} {:>6}", "branch", "codec", "MB", "MB/s", "bare MB/s", "ratio");
    for branch in branches {
        if let Err(e) = measure(file, tree, branch) {
            println!("{e}");
        }
    }
}

/// A basket for the bare loop: where its compressed bytes are, and how the decompressed ones are divided.
struct Place {
    packed: std::ops::Range<usize>,
    unpacked: usize,
    values: usize,
    key: u32,
    entries: usize,
}

fn measure(path: &str, tree: &str, name: &str) -> Result<(), Error> {
    let tree = File::open(path)?.tree(tree)?;
    let Some(branch) = tree.branch(name) else {
        println!("no branch {name}");
        return Ok(());
    };
    let bytes = std::fs::read(path).unwrap_or_default();
    let baskets = tree.borders(branch.id).len() - 1;
    let places: Option<Vec<Place>> =
        (0..baskets).map(|basket| place(&bytes, tree.basket_bytes(branch.id, basket)?.start as usize)).collect();
    let Some(places) = places else {
        println!("{name}: a basket is in the tree record");
        return Ok(());
    };
    let jagged = matches!(branch.values(), Some((_, Shape::Counted { .. })));
    let (mut bare, mut scratch) = (Bare::default(), Scratch::default());
    // The best time of each basket, so that what else the machine does counts little.
    let mut best = vec![(f64::INFINITY, f64::INFINITY); baskets];
    let mut size = 0;
    for pass in 0..PASSES {
        size = 0;
        for (basket, (place, (ours, theirs))) in places.iter().zip(&mut best).enumerate() {
            let (mut values, mut expected) = (0, 0);
            // Who comes second finds data in the cache and branches predicted: they take turns.
            for turn in 0..2 {
                let begin = Instant::now();
                if (pass + turn) % 2 == 0 {
                    let read = tree.read_basket(branch.id, basket, &mut scratch)?;
                    values = std::hint::black_box(&read).len() * read.element().width();
                    drop(read);
                    *ours = ours.min(begin.elapsed().as_secs_f64());
                } else {
                    expected = bare.read(&bytes, place, jagged);
                    *theirs = theirs.min(begin.elapsed().as_secs_f64());
                }
            }
            if values != expected {
                println!("{name}: the bare loop has {expected} bytes of values, the reader {values}");
                return Ok(());
            }
            size += values;
        }
    }
    let megabytes = size as f64 / 1e6;
    let codec = tree.basket_codec(branch.id, 0)?.to_string();
    let (ours, theirs): (f64, f64) = best.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!(
        "{name:20} {codec:>6} {megabytes:10.1} {:12.0} {:12.0} {:6.2}",
        megabytes / ours,
        megabytes / theirs,
        theirs / ours
    );
    Ok(())
}

/// A record of the file (`TKey`, `TBasket`).
fn place(bytes: &[u8], at: usize) -> Option<Place> {
    let record = bytes.get(at..)?;
    let word = |at: usize| Some(u32::from_be_bytes(*record.get(at..)?.first_chunk()?));
    let short = |at: usize| Some(u16::from_be_bytes(*record.get(at..)?.first_chunk()?));
    let (size, unpacked, key) = (word(0)?, word(6)?, u32::from(short(14)?));
    // Entries and end of the values are the last numbers of the key, before a flag byte.
    let (entries, last) = (word(key as usize - 9)?, word(key as usize - 5)?);
    let packed = at + key as usize..at + size as usize;
    Some(Place { packed, unpacked: unpacked as usize, values: (last - key) as usize, key, entries: entries as usize })
}

/// What the bare loop keeps.
#[derive(Default)]
struct Bare {
    payload: Vec<u8>,
    deflate: Option<libdeflater::Decompressor>,
    zstd: Option<zstd_safe::DCtx<'static>>,
}

impl Bare {
    /// Bytes of values, of four bytes each. Like the reader, it gives memory of its own to every basket.
    fn read(&mut self, bytes: &[u8], place: &Place, jagged: bool) -> usize {
        let packed = bytes.get(place.packed.clone()).unwrap_or_default();
        if self.payload.len() < place.unpacked {
            self.payload.resize(place.unpacked, 0);
        }
        let payload = match packed.len() == place.unpacked {
            true => packed,
            false => {
                self.unpack(packed, place.unpacked);
                self.payload.get(..place.unpacked).unwrap_or_default()
            }
        };
        let (data, rest) = payload.split_at(place.values.min(payload.len()));
        let values: Vec<u32> = data.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b)).collect();
        if jagged {
            let offsets = rest.as_chunks::<4>().0.iter().skip(1).take(place.entries);
            let mut starts = Vec::with_capacity(place.entries + 1);
            starts.extend(offsets.map(|b| (u32::from_be_bytes(*b) - place.key) / 4));
            starts.push(values.len() as u32);
            std::hint::black_box(&starts);
        }
        std::hint::black_box(&values);
        values.len() * 4
    }

    fn unpack(&mut self, mut packed: &[u8], size: usize) {
        let mut done = 0;
        while let Some((head, rest)) = packed.split_first_chunk::<9>() {
            let packed_size = u32::from_le_bytes([head[3], head[4], head[5], 0]) as usize;
            let unpacked_size = u32::from_le_bytes([head[6], head[7], head[8], 0]) as usize;
            let (Some(frame), Some(out)) = (rest.get(..packed_size), self.payload.get_mut(done..done + unpacked_size))
            else {
                return;
            };
            match [head[0], head[1]] {
                [b'Z', b'L'] => {
                    let deflate = self.deflate.get_or_insert_with(libdeflater::Decompressor::new);
                    let _ = deflate.zlib_decompress(frame, out);
                }
                [b'Z', b'S'] => {
                    let zstd = self.zstd.get_or_insert_with(zstd_safe::DCtx::create);
                    let _ = zstd.decompress(out, frame);
                }
                [b'L', b'4'] => {
                    let _ = lz4_flex::block::decompress_into(frame.get(8..).unwrap_or_default(), out);
                }
                _ => return,
            }
            packed = rest.get(packed_size..).unwrap_or_default();
            done += unpacked_size;
            if done >= size {
                return;
            }
        }
    }
}
