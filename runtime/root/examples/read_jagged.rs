//! Reads a jagged branch basket by basket: `cargo run -p adl-root --example read_jagged -- FILE TREE BRANCH`.

use adl_root::{Error, File, Scratch, Values};

fn main() {
    let mut args = std::env::args().skip(1);
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/layouts.root");
    let mut argument = |default: &str| args.next().unwrap_or_else(|| default.to_string());
    let (file, tree, branch) = (argument(sample), argument("t"), argument("x"));
    if let Err(e) = read(&file, &tree, &branch) {
        eprintln!("{e}");
        std::process::exit(1);
    }
}

fn read(file: &str, tree: &str, branch: &str) -> Result<(), Error> {
    let tree = File::open(file)?.tree(tree)?;
    let Some(branch) = tree.branch(branch) else {
        println!("no branch {branch}");
        return Ok(());
    };
    // One scratch per thread: it keeps decompressor state and memory.
    let mut scratch = Scratch::default();
    for basket in 0..tree.borders(branch.id).len() - 1 {
        let basket = tree.read_basket(branch.id, basket, &mut scratch)?;
        let Values::F32(values) = basket.values() else {
            println!("{} holds {}", branch.path, basket.element());
            return Ok(());
        };
        for entry in 0..basket.entries() {
            let (from, to) = (basket.start(entry) as usize, basket.start(entry + 1) as usize);
            println!("{}: {:?}", basket.first_entry() + entry as u64, &values[from..to]);
        }
    }
    Ok(())
}
