//! What saved ROOT files say of all events that they come from: totals and luminosity sections, as the inputs have them.

use adl_root::write::{Axis, Bins, Branch, Directory, Error, Histogram, Lists};
use adl_root::{Element, Values};

use super::root::{CLUSTER, Entries, Output};
use super::skim::Inputs;
use crate::lumi;
use crate::metadata::{Carried, CarriedTo, Total};
use crate::rows::Format;
use crate::values::Buffer;

/// Writes totals as trees of one entry, and a tree of luminosity sections, under the names that the inputs have for them.
/// Trees of the names in `taken` are there already.
pub(super) fn carry(file: &mut Output, format: Format, taken: &[&str], inputs: &Inputs<'_>) -> Result<(), Error> {
    let carried = inputs.carried;
    let mut done: Vec<&str> = taken.to_vec();
    for first in carried {
        let tree = match &first.place {
            CarriedTo::Tree(tree, _) | CarriedTo::Bin(tree, _) => tree.as_str(),
        };
        if done.contains(&tree) {
            continue;
        }
        done.push(tree);
        let title = "all events that these come from, before any selection";
        if let CarriedTo::Bin(..) = first.place {
            file.histogram(Directory::TOP, &bins(tree, title, carried))?;
            continue;
        }
        let (mut branches, mut values) = (Vec::new(), Vec::new());
        let branch = |name: &str, element, lists| Branch { name: name.to_string(), element, lists };
        for one in carried {
            let CarriedTo::Tree(of, column) = &one.place else { continue };
            if of != tree {
                continue;
            }
            match &one.value {
                Total::Whole(sum) => {
                    branches.push(branch(column, Element::I64, Lists::None));
                    values.push(Buffer::I64(vec![*sum]));
                }
                Total::Real(sum) => {
                    branches.push(branch(column, Element::F64, Lists::None));
                    values.push(Buffer::F64(vec![*sum]));
                }
                Total::List(sums) => {
                    branches.push(branch(&format!("n{column}"), Element::I32, Lists::None));
                    values.push(Buffer::I32(vec![sums.len() as i32]));
                    branches.push(branch(column, Element::F64, Lists::Counted(branches.len() - 1)));
                    let factor = one.times.unwrap_or(1.0);
                    values.push(Buffer::F64(sums.iter().map(|sum| sum / factor).collect()));
                }
            }
        }
        let mut tree = Entries::begin(format, tree, title, branches)?;
        let columns: Vec<_> = values.iter().map(|v| v.slice(0..v.len()).into()).collect();
        tree.fill(file, &columns)?;
        tree.finish(file)?;
    }
    match inputs.sections {
        Some(sections) if !done.contains(&sections.tree.as_str()) => list(file, format, sections),
        Some(_) | None => Ok(()),
    }
}

/// Writes the tree of luminosity sections: an entry each.
fn list(file: &mut Output, format: Format, listed: &lumi::Carried) -> Result<(), Error> {
    let branch = |name: &String| Branch { name: name.clone(), element: Element::U32, lists: Lists::None };
    let branches = listed.columns.iter().map(branch).collect();
    let title = "luminosity sections that these come from, before any selection";
    let mut tree = Entries::begin(format, &listed.tree, title, branches)?;
    let mut all = listed.sections.iter().peekable();
    while all.peek().is_some() {
        let (runs, sections): (Vec<u32>, Vec<u32>) = all.by_ref().take(CLUSTER).unzip();
        tree.fill(file, &[Values::U32(&runs).into(), Values::U32(&sections).into()])?;
    }
    tree.finish(file)
}

/// The histogram of a name with the totals that are its bins.
fn bins(name: &str, title: &str, carried: &[Carried]) -> Histogram {
    let of_it = carried.iter().filter_map(|one| match (&one.place, &one.value) {
        (CarriedTo::Bin(of, bin), Total::Real(sum)) if of == name => Some((*bin, *sum)),
        (CarriedTo::Bin(of, bin), Total::Whole(sum)) if of == name => Some((*bin, *sum as f64)),
        _ => None,
    });
    let of_it: Vec<(usize, f64)> = of_it.collect();
    let count = of_it.iter().map(|(bin, _)| *bin).max().unwrap_or(1);
    let mut sumw = vec![0.0; count + 2];
    for (bin, sum) in of_it {
        if let Some(content) = sumw.get_mut(bin) {
            *content = sum;
        }
    }
    let bins = Bins::Regular { n: count as u32, lo: 0.0, hi: count as f64 };
    Histogram {
        name: name.to_string(),
        title: title.to_string(),
        axes: vec![Axis { bins, ..Axis::default() }],
        sumw2: vec![0.0; count + 2],
        sumw,
        stats: vec![0.0; 4],
        ..Histogram::default()
    }
}
