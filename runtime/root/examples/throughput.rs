//! How fast a branch is read: `cargo run --release -p adl-root --example throughput -- FILE TREE BRANCH...`.

use std::time::Instant;

use adl_root::{Error, File, Scratch};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, tree, branches @ ..] = args.as_slice() else {
        println!("usage: throughput FILE TREE BRANCH...");
        return;
    };
    for branch in branches {
        if let Err(e) = measure(file, tree, branch) {
            println!("{e}");
        }
    }
}

/// Best of seven passes over all baskets, in one thread.
fn measure(file: &str, tree: &str, name: &str) -> Result<(), Error> {
    let tree = File::open(file)?.tree(tree)?;
    let Some(branch) = tree.branch(name) else {
        println!("no branch {name}");
        return Ok(());
    };
    let mut scratch = Scratch::default();
    let (mut best, mut bytes) = (f64::INFINITY, 0);
    for _ in 0..7 {
        let begin = Instant::now();
        bytes = 0;
        for basket in 0..tree.borders(branch.id).len() - 1 {
            let basket = tree.read_basket(branch.id, basket, &mut scratch)?;
            bytes += basket.len() * basket.element().width();
        }
        best = best.min(begin.elapsed().as_secs_f64());
    }
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{name} ({}): {megabytes:.1} MB of values in {:.1} ms, {:.0} MB/s",
        branch.codec,
        best * 1e3,
        megabytes / best
    );
    Ok(())
}
