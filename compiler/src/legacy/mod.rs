//! The legacy edition: its AST becomes one of edition 2026 with the same meaning, which is then checked like any other.
//! Spans stay those of the text, so messages point at what was written.
//!
//! `names` knows the spellings, `expr` rewrites expressions, `object` and `region` blocks; `search` turns `~=` into
//! `best`, `sum` joins what stands side by side, `reduce` sums the collections that CutLang sums; `scope` tells
//! names apart that are defined again; `error` has the messages.

pub mod compat;
pub mod error;
mod expr;
pub mod fix;
mod names;
mod object;
mod reduce;
mod region;
mod scope;
mod search;
mod sum;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use adl_runtime::schema::ElementType;

use crate::error::Message;
use crate::hir::schema::Binding;
use crate::source::Span;
use crate::syntax::ast::{Block, Define, Edition, Expr, ExprKind, File, HistoList, Region, Source};
use crate::syntax::walk;
use error::Form;
use expr::Place;

/// How the files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The edition of a file that declares none.
    pub undeclared: Edition,
    /// The analyst has named that edition, so it counts as declared.
    pub is_told: bool,
    /// As CutLang computes: constants of weights, and edges of histograms, bins and tables, in 32 bits.
    pub compat: bool,
    /// A region that names another takes all its statements, histograms and bins included, as CutLang does; else it is
    /// left as a `take`, which in 2026 takes selections and weights.
    pub copy_parents: bool,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { undeclared: Edition::Legacy, is_told: false, compat: false, copy_parents: true }
    }
}

/// An element that a search is to find: `jets[-1]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Slot {
    /// The collection, as `World::collection` calls it.
    collection: String,
    /// The negative number.
    number: i64,
    /// Equal slots side by side in a sum are different elements: `jets[-1] + jets[-1]`.
    nth: usize,
}

/// What the files define and what the input has: what names mean.
struct World<'a> {
    binding: &'a Binding,
    /// The files say `adl legacy`: where 2026 reads a text differently, they mean the legacy reading.
    declared: bool,
    copy_parents: bool,
    compat: bool,
    /// Blocks that define collections, and the names that each takes.
    objects: HashMap<String, Vec<String>>,
    /// `comb` blocks: what the negative numbers are called as members.
    members: HashMap<String, Vec<(Slot, String)>>,
    /// Blocks that only give the missing momentum another name.
    vectors: HashSet<String>,
    /// Those of them that are sums of objects.
    totals: HashSet<String>,
    defines: HashMap<String, &'a Define>,
    regions: HashMap<String, &'a Region>,
    lists: HashMap<String, &'a HistoList>,
    tables: HashSet<String>,
    /// Attributes of the input's objects; true if it is a condition wherever it occurs.
    attributes: BTreeMap<String, bool>,
    forms: BTreeMap<Form, (Span, usize)>,
    /// The elements to be found of the defines asked for so far.
    known_slots: RefCell<HashMap<String, Rc<[Slot]>>>,
    /// Which of the defines asked for so far have a value per element.
    known_many: RefCell<HashMap<String, bool>>,
    messages: Vec<Message>,
}

/// The files in edition 2026. Those that declare it are left as they are.
#[must_use]
pub fn translate<'a>(files: &'a [File], binding: &Binding, reading: Reading) -> (Cow<'a, [File]>, Vec<Message>) {
    let edition = |f: &File| f.edition_or(reading.undeclared);
    if files.iter().all(|f| edition(f) == Edition::E2026) {
        return (Cow::Borrowed(files), Vec::new());
    }
    let mut world = World::new(files, binding, reading);
    let translated = files.iter().map(|f| if edition(f) == Edition::Legacy { world.file(f) } else { f.clone() });
    let translated: Vec<File> = translated.collect();
    let notes = error::notes(&world.forms);
    world.messages.extend(notes);
    (Cow::Owned(translated), world.messages)
}

impl<'a> World<'a> {
    fn new(files: &'a [File], binding: &'a Binding, reading: Reading) -> World<'a> {
        let mut world = World {
            binding,
            declared: reading.is_told || files.iter().any(|f| f.edition.is_some()),
            copy_parents: reading.copy_parents,
            compat: reading.compat,
            objects: HashMap::new(),
            members: HashMap::new(),
            vectors: HashSet::new(),
            totals: HashSet::new(),
            defines: HashMap::new(),
            regions: HashMap::new(),
            lists: HashMap::new(),
            tables: HashSet::new(),
            attributes: BTreeMap::new(),
            forms: BTreeMap::new(),
            known_slots: RefCell::default(),
            known_many: RefCell::default(),
            messages: Vec::new(),
        };
        for source in binding.sources.values() {
            for (attribute, (_, ty)) in &source.attributes {
                let is_condition = *ty == ElementType::Bool;
                world.attributes.entry(attribute.clone()).and_modify(|c| *c &= is_condition).or_insert(is_condition);
            }
            for attribute in source.constants.keys() {
                world.attributes.entry(attribute.clone()).or_insert(false);
            }
        }
        for (attribute, is_condition) in binding.objects.values().flatten() {
            world.attributes.entry(attribute.clone()).or_insert(*is_condition);
        }
        for block in files.iter().flat_map(|f| &f.blocks) {
            world.declare(block);
        }
        world.find_vectors(files);
        world
    }

    fn declare(&mut self, block: &'a Block) {
        match block {
            Block::Define(d) => _ = self.defines.insert(d.name.text.clone(), d),
            Block::Region(r) => _ = self.regions.insert(r.name.text.clone(), r),
            Block::HistoList(l) => _ = self.lists.insert(l.name.text.clone(), l),
            Block::Table(t) => _ = self.tables.insert(t.name.text.clone()),
            Block::Object(o) | Block::Composite(o) => {
                let sources = o.takes.iter().flat_map(|t| match &t.source {
                    Source::Collection { of, .. } => taken(of),
                    Source::Combination { .. } | Source::Comb { .. } => Vec::new(),
                });
                self.objects.insert(o.name.text.clone(), sources.collect());
            }
            _ => {}
        }
    }

    /// `object MET take MissingET` gives a vector another name, and so on; or what an event has one of.
    fn find_vectors(&mut self, files: &[File]) {
        loop {
            let before = self.vectors.len();
            for block in files.iter().flat_map(|f| &f.blocks) {
                let Block::Object(o) = block else { continue };
                if self.vectors.contains(&o.name.text) {
                    continue;
                }
                if object::summed(o).is_some() {
                    self.objects.remove(&o.name.text);
                    self.vectors.insert(o.name.text.clone());
                    self.totals.insert(o.name.text.clone());
                    continue;
                }
                let [take] = o.takes.as_slice() else { continue };
                let Source::Collection { of, .. } = &take.source else { continue };
                let name = match &of.kind {
                    ExprKind::Name(name) => name,
                    ExprKind::Index { of, .. } => match &of.kind {
                        ExprKind::Name(name) => name,
                        _ => continue,
                    },
                    _ => continue,
                };
                let own = self.objects.remove(&o.name.text);
                if self.is_vector(name) {
                    self.vectors.insert(o.name.text.clone());
                } else if let Some(own) = own {
                    self.objects.insert(o.name.text.clone(), own);
                }
            }
            if self.vectors.len() == before {
                return;
            }
        }
    }

    fn file(&mut self, file: &'a File) -> File {
        if file.edition.is_none() && !self.declared {
            self.messages.extend(error::undeclared(file));
        }
        for block in &file.blocks {
            self.name_members(block);
        }
        let blocks = file.blocks.iter().filter_map(|b| self.block(b)).collect();
        let mut again = Vec::new();
        let file = scope::apart(File { blocks, ..file.clone() }, &mut again);
        again.into_iter().for_each(|(form, span)| self.saw(form, span));
        file
    }

    fn block(&mut self, block: &'a Block) -> Option<Block> {
        Some(match block {
            Block::Setting(line) => {
                self.saw(Form::Setting, line.span);
                return None;
            }
            // A define over elements to be found means something only after a search: regions get copies of it.
            Block::Define(d) if !self.slots_of(&d.name.text).is_empty() => return None,
            Block::Define(d) => {
                let value = self.expr(&d.value, &Place { parameters: &d.parameters, ..Place::default() });
                Block::Define(Define { value, ..d.clone() })
            }
            Block::Best(b) => Block::Best(self.best(b, &Place::default())),
            Block::Object(o) | Block::Composite(o) => return self.object(o, matches!(block, Block::Composite(_))),
            Block::Region(r) => Block::Region(self.region(r)),
            Block::HistoList(l) if self.finds(l) => return None,
            Block::HistoList(l) => {
                let place = Place { is_listed: true, ..Place::default() };
                let histograms = l.histograms.iter().map(|h| self.histogram(h, &place)).collect();
                Block::HistoList(HistoList { histograms, ..l.clone() })
            }
            Block::Table(t) => Block::Table(self.table(t)),
            Block::Info(_)
            | Block::Include(_)
            | Block::Schema(_)
            | Block::Optional(_)
            | Block::Reserved(_)
            | Block::CountsFormat(_) => block.clone(),
        })
    }
}

/// The names of the collections that a source is made of.
fn taken(of: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    walk::all(of, &mut |e| {
        if let ExprKind::Name(name) = &e.kind {
            names.push(name.clone());
        }
    });
    names
}
