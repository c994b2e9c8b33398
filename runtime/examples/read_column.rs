//! Reads one column of a data file again and again, and nothing else: what `peers.py` beside it measures.
//! `read_column FILE TREE COLUMN PASSES`, TREE empty for Parquet.

use std::path::Path;
use std::process::ExitCode;

use adl_runtime::reader::{Scratch, open};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, tree, column, passes] = arguments.as_slice() else {
        println!("usage: read_column FILE TREE COLUMN PASSES");
        return ExitCode::FAILURE;
    };
    match read(file, tree, column, passes.parse().unwrap_or(1)) {
        Ok(values) => {
            println!("{values}");
            ExitCode::SUCCESS
        }
        Err(e) => {
            println!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// The number of values of the column, all passes together.
fn read(file: &str, tree: &str, column: &str, passes: usize) -> Result<usize, String> {
    let tree = Some(tree).filter(|tree| !tree.is_empty());
    let mut values = 0;
    for _ in 0..passes {
        let reader = open(Path::new(file), tree, &[]).map_err(|e| e.to_string())?;
        let number = reader.schema().columns.iter().position(|c| c.name == column);
        let number = number.ok_or_else(|| format!("{file} has no column {column}"))?;
        let mut scratch = Scratch::default();
        for segment in 0..reader.borders(number).len().saturating_sub(1) {
            let segment = reader.decode(number, segment, &mut scratch).map_err(|e| e.to_string())?;
            values += std::hint::black_box(&segment).len();
        }
    }
    Ok(values)
}
