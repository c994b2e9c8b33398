//! Trees that are one entry by entry: the friends that a tree names, and trees of one name in several folders of a file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adl_root::{BranchId, File, Friend, Tree, TreeInfo};

use super::events::Events;
use super::{OpenFriend, column, failed};
use crate::reader::{ReadClass, ReadError};
use crate::remote::Blocks;
use crate::schema::{Column, ElementType, Shape};

/// A tree with its friends.
pub(super) struct Joined {
    pub events: Vec<Events>,
    pub columns: Vec<Column>,
    /// Per column: which of them, which branch.
    pub branches: Vec<(usize, BranchId)>,
    /// The bytes of the files of friends that are on servers.
    pub remote: Vec<(PathBuf, Arc<Blocks>)>,
}

/// The trees of a name in folders: `myjets/Events` for `Events`.
fn of_one_name<'a>(trees: &'a [TreeInfo], name: &'a str) -> impl Iterator<Item = &'a TreeInfo> {
    trees.iter().filter(move |tree| tree.path.strip_suffix(name).is_some_and(|folder| folder.ends_with('/')))
}

/// Whether the trees of a name are parts of one: they have as many entries, and no branch twice. Trees of the same branches
/// are variations of each other, or other events.
pub(super) fn belong_together(file: &File, name: &str) -> bool {
    let trees = file.trees();
    let parts: Vec<&TreeInfo> = of_one_name(&trees, name).collect();
    let same_size = parts.windows(2).all(|pair| pair[0].entries == pair[1].entries);
    if parts.len() < 2 || !same_size {
        return false;
    }
    let mut names = HashSet::new();
    parts.iter().all(|part| {
        let tree = file.tree(&part.path);
        tree.is_ok_and(|tree| tree.branches().iter().all(|branch| names.insert(branch.name.clone())))
    })
}

/// A tree and its friends; for `*/Events` all trees of that name.
///
/// # Errors
/// A tree that is not there or damaged; trees of one name that differ in their numbers of entries. A friend that cannot
/// be read is a column that says so.
pub(super) fn join(path: &Path, file: &File, name: &str, open: OpenFriend<'_>) -> Result<Joined, ReadError> {
    let mut joined = Joined { events: Vec::new(), columns: Vec::new(), branches: Vec::new(), remote: Vec::new() };
    let Some(last) = name.strip_prefix("*/") else {
        let events = Events::open(file, name).map_err(|e| failed(path, &e))?;
        let (friends, entries) = (events.friends().to_vec(), events.entries());
        joined.add("", events);
        for friend in friends {
            match befriend(path, file, &friend, open).and_then(|(tree, bytes)| Ok((of_size(tree, entries)?, bytes))) {
                Ok((tree, bytes)) => {
                    joined.remote.extend(bytes.map(|bytes| (tree.file().path().to_path_buf(), bytes)));
                    joined.add(&friend.name, Events::Tree(tree));
                }
                Err(why) => joined.refuse(&friend, why),
            }
        }
        return Ok(joined);
    };
    let all = file.trees();
    let mut entries = None;
    for info in of_one_name(&all, last) {
        let (first, expected) = *entries.get_or_insert((info.path.as_str(), info.entries));
        if expected != info.entries {
            let message = format!(
                "its trees {last} do not belong together: {first} has {expected} entries, {} has {}",
                info.path, info.entries
            );
            return Err(ReadError::new(ReadClass::Schema, path, message));
        }
        let tree = file.tree(&info.path).map_err(|e| failed(path, &e))?;
        let folder = info.path.strip_suffix(last).unwrap_or_default().trim_end_matches('/');
        joined.add(folder, Events::Tree(tree));
    }
    match joined.events.is_empty() {
        true => Err(ReadError::new(ReadClass::Schema, path, format!("it has no folder with a tree {last}"))),
        false => Ok(joined),
    }
}

/// Opens a friend: of this file, or of one that is named from where this one is.
fn befriend(
    path: &Path,
    file: &File,
    friend: &Friend,
    open: OpenFriend<'_>,
) -> Result<(Tree, Option<Arc<Blocks>>), String> {
    let is_here = friend.file.is_empty() || Path::new(&friend.file) == path;
    if is_here {
        return file.tree(&friend.tree).map(|tree| (tree, None)).map_err(|e| e.to_string());
    }
    let (other, bytes) = open(&friend.file)?;
    other.tree(&friend.tree).map(|tree| (tree, bytes)).map_err(|e| e.to_string())
}

fn of_size(tree: Tree, entries: u64) -> Result<Tree, String> {
    match tree.entries() {
        n if n == entries => Ok(tree),
        n => Err(format!("it has {n} entries, the tree {entries}")),
    }
}

impl Joined {
    /// Adds the columns of a tree or an RNTuple. Those whose names are taken have the name of the friend or folder in front.
    fn add(&mut self, prefix: &str, events: Events) {
        let taken: HashSet<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        let renamed = |name: &str| match taken.contains(name) {
            true => format!("{prefix}.{name}"),
            false => name.to_string(),
        };
        let names: Vec<String> = events.branches().iter().map(|branch| renamed(&branch.name)).collect();
        let place = self.events.len();
        for (branch, name) in events.branches().iter().zip(&names) {
            self.columns.push(column(branch, name, &names));
            self.branches.push((place, branch.id));
        }
        self.events.push(events);
    }

    /// A friend that is not read: its name stands for its columns.
    fn refuse(&mut self, friend: &Friend, why: String) {
        self.columns.push(Column {
            name: friend.name.clone(),
            element: ElementType::Bool,
            shape: Shape::Unsupported(format!("a friend that cannot be read: {why}")),
            counter: None,
            title: String::new(),
            codec: String::new(),
        });
        self.branches.push((usize::MAX, BranchId(0)));
    }
}
