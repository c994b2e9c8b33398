//! What the inputs say of all events that they come from: read before the loop, printed after it.

use std::sync::Arc;

use adl_runtime::metadata::{self, Entries, Metadata, Place, Wanted};
use adl_runtime::output::job::missing;
use adl_runtime::partial::Outcome;
use adl_runtime::reader::{self, FileReader};

use super::{Checked, Failure, number, say, tell};

/// What the profile of the inputs says is to be found in them.
pub fn wanted(checked: &Checked) -> Vec<Wanted> {
    let profile = checked.parsed.profile(&checked.binding.profile);
    profile.map_or(Vec::new(), adlc::hir::schema::metadata)
}

/// What each file says.
pub fn read(files: &[Arc<dyn FileReader>], wanted: &[Wanted]) -> Result<Vec<Metadata>, Failure> {
    let of = |file: &Arc<dyn FileReader>| {
        let file = &reader::opened(file)?;
        // A file that is elsewhere is not opened again.
        let open =
            |path: &std::path::Path, tree: &str| file.tree(tree).unwrap_or_else(|| reader::open(path, Some(tree), &[]));
        metadata::read(&**file, wanted, &open)
    };
    Ok(files.iter().map(of).collect::<Result<_, _>>()?)
}

/// Prints what all files say.
pub fn summary(outcome: &Outcome) {
    let total = outcome.ledger.metadata();
    if total.is_empty() {
        return;
    }
    let each: Vec<String> = total.iter().map(|(name, value)| format!("{name} {}", value.text())).collect();
    say(format!("before any selection, by the files' metadata: {}", each.join(", ")));
}

/// Says what is not known of simulated events, and of events that were read in part.
pub fn tell_missing(checked: &Checked, wanted: &[Wanted], outcome: &Outcome) {
    if !checked.binding.simulated {
        return;
    }
    let profile = &checked.binding.profile;
    if wanted.is_empty() {
        tell(format!("note: no sums of generator weights: the profile {profile} knows of none"));
        return;
    }
    let names = names(wanted);
    let files = outcome.ledger.files.len();
    let total = outcome.ledger.metadata();
    if total.is_empty() {
        let looked: Vec<String> = wanted.iter().take(1).map(place).collect();
        tell(format!("note: no sums of generator weights: no input has {}", looked.join("")));
        return;
    }
    // What no file has, such as weights that were not made, is no news; what only some lack makes the sum wrong.
    for (name, lacking) in missing(&outcome.ledger, &names).iter().filter(|(_, l)| l.len() < files) {
        let shown: Vec<&str> = lacking.iter().take(5).map(String::as_str).collect();
        let more = if lacking.len() > 5 { format!(" and {} more", lacking.len() - 5) } else { String::new() };
        let count = format!("{} of {}", lacking.len(), number(files, "file"));
        tell(format!("warning: `{name}` is not known of {count}, and the sum lacks them: {}{more}", shown.join(", ")));
    }
    let there: u64 = outcome.ledger.files.values().map(|f| f.events).sum();
    if outcome.events < there {
        tell(format!("note: {} of {there} events were read; the files' metadata are of all", outcome.events));
    }
}

/// Where it is looked for.
pub fn place(wanted: &Wanted) -> String {
    match &wanted.place {
        Place::Sample(columns) => columns.join(" or "),
        Place::Tree(Entries { tree, columns, .. }) => format!("{} in a tree {tree}", columns.join(" or ")),
        Place::Bin(histogram, bin) => format!("bin {bin} of a histogram {histogram}"),
    }
}

/// What is looked for, each once.
pub fn names(wanted: &[Wanted]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for one in wanted {
        if !names.contains(&one.name) {
            names.push(one.name.clone());
        }
    }
    names
}
