//! Damaged input of the other formats: mutants of Parquet files and of lumi masks end soon, with values or an error.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adl_runtime::lumi::LumiMask;
use adl_runtime::reader::{self, Scratch};

/// A linear congruential generator (Knuth's MMIX constants): the same mutants in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// A copy with up to four changes; in half of them near the end, where Parquet has its metadata.
fn mutate(original: &[u8], tail: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(4) {
        let n = bytes.len();
        let at = if random.below(2) == 0 { random.below(n) } else { n.saturating_sub(1 + random.below(tail)) };
        match random.below(8) {
            0 => bytes.truncate(random.below(n)),
            1..=3 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            4 => bytes.iter_mut().skip(at).take(4).for_each(|byte| *byte = 0xff),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.below(256) as u8;
                }
            }
        }
    }
    bytes
}

/// Whether a file could be opened and all of it read.
fn read_all(path: &Path) -> bool {
    let Ok(file) = reader::open(path, None, &["Events"]) else { return false };
    let mut scratch = Scratch::default();
    (0..file.schema().columns.len()).all(|column| {
        let segments = file.borders(column).len().saturating_sub(1);
        (0..segments.min(50)).all(|segment| file.decode(column, segment, &mut scratch).is_ok())
    })
}

#[test]
fn mutants_of_parquet_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples/data");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mutant.parquet");
    let mut counted = 0;
    for (name, seed) in [("dy.parquet", 1), ("dy_nested.parquet", 2)] {
        let original = std::fs::read(folder.join(name)).unwrap();
        let mut random = Random(seed);
        let mut whole = 0;
        for mutant in 0..100 {
            std::fs::write(&path, mutate(&original, 8000, &mut random)).unwrap();
            let begin = Instant::now();
            whole += usize::from(read_all(&path));
            assert!(begin.elapsed() < Duration::from_secs(20), "{name}: mutant {mutant} took {:?}", begin.elapsed());
            counted += 1;
        }
        println!("{name}: {whole} of 100 mutants are read whole");
    }
    println!("counted: {counted} mutants of 2 Parquet files");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn mutants_of_lumi_masks() {
    let original = "{\"273158\": [[1, 1279]], \"273302\": [[1, 459], [500, 501]], \"273402\": [[100, 292]]}".as_bytes();
    let mut random = Random(3);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..50_000 {
        let text = String::from_utf8_lossy(&mutate(original, 80, &mut random)).into_owned();
        match LumiMask::parse(&text) {
            Ok(mask) => {
                good += 1;
                let _ = mask.contains(273_302, 500);
            }
            Err(why) => {
                bad += 1;
                assert!(!why.is_empty());
            }
        }
    }
    println!("counted: 50000 mutants of a lumi mask, {good} read, {bad} refused");
    assert!(good > 100 && bad > 100);
}
