//! AST to HIR: every name is resolved, every expression typed, every implicit loop made explicit. Declarations are
//! checked when they are first needed, so the order of the text does not matter and circles are found.

mod attribute;
mod block;
mod build;
mod call;
mod expr;
mod form;
mod grouping;
mod link;
mod lint;
mod name;
mod output;
mod reduce;
mod region;
mod vector;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use adl_runtime::schema::ElementType;

use super::schema::Binding;
use super::{Analysis, ClassId, CollectionId, ExprId, ObjectId, RegionId, SourceId, Template, Var, VectorKind, error};
use crate::error::Message;
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast;

/// What an expression stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A number, condition or string.
    Scalar(ExprId),
    /// A vector and its components (2, 3 or 4).
    Vector(VectorKind, Vec<ExprId>),
    /// One object.
    Object(ObjectId, ClassId),
    /// A collection; where a value per element is needed, its current element.
    Collection(CollectionId, ClassId),
    /// `MET`, `PV`: event columns with a common prefix.
    Record(String),
    /// A region.
    Region(RegionId),
}

/// A global declaration of the text.
#[derive(Clone, Copy)]
enum Decl<'a> {
    Define(&'a ast::Define),
    Best(&'a ast::Best),
    Object(&'a ast::Object),
    Composite(&'a ast::Object),
    Region(&'a ast::Region),
    HistoList(&'a ast::HistoList),
    Table(&'a ast::Table),
}

impl<'a> Decl<'a> {
    fn name(&self) -> &'a ast::Name {
        match self {
            Decl::Define(d) => &d.name,
            Decl::Best(b) => &b.name,
            Decl::Object(o) | Decl::Composite(o) => &o.name,
            Decl::Region(r) => &r.name,
            Decl::HistoList(h) => &h.name,
            Decl::Table(t) => &t.name,
        }
    }

    /// Number of parameters, for a function.
    fn parameters(&self) -> usize {
        match self {
            Decl::Define(d) => d.parameters.len(),
            _ => 0,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Decl::Define(_) | Decl::Best(_) => "define",
            Decl::Object(_) => "object",
            Decl::Composite(_) => "composite",
            Decl::Region(_) => "region",
            Decl::HistoList(_) => "histoList",
            Decl::Table(_) => "table",
        }
    }
}

/// Index of a global declaration.
type DeclId = usize;

/// What a declaration was found to be.
#[derive(Clone, Debug, PartialEq)]
enum Declared {
    /// One value per event.
    Meaning(Meaning),
    /// One value per element of these collections: the template's parameters.
    Axes(Vec<(CollectionId, ClassId)>, Template),
}

enum State {
    New,
    Checking,
    Done(Option<Declared>),
}

/// Collections whose current element is used by the expression being checked, with the variables that stand for them.
#[derive(Default)]
struct Frame {
    axes: Vec<(CollectionId, ClassId, Var)>,
    /// Tells frames apart.
    number: u64,
}

/// Names of a block, a function's parameters, the current element: a chain, innermost first.
#[derive(Clone, Default)]
pub struct Scope<'a> {
    node: Option<Rc<ScopeNode<'a>>>,
    /// Inside the standard library, only its own names are seen.
    stdlib: bool,
}

struct ScopeNode<'a> {
    outer: Option<Rc<ScopeNode<'a>>>,
    name: String,
    entry: Entry<'a>,
}

#[derive(Clone)]
enum Entry<'a> {
    Declared(Declared),
    /// A parameter given by an expression that has a value per element: checked where it is used.
    Closure(&'a ast::Expr, Scope<'a>),
    /// The current element: its attributes can be named alone.
    This(ObjectId, ClassId),
    /// The same for a candidate of `best` or an element of `sort` inside a block, where `this` stays the block's.
    Bare(ObjectId, ClassId),
    /// The collection that the block takes: an error where it is not reduced.
    OwnSource(CollectionId, ClassId),
}

impl<'a> Scope<'a> {
    fn with(&self, name: &str, entry: Entry<'a>) -> Scope<'a> {
        let node = ScopeNode { outer: self.node.clone(), name: name.to_owned(), entry };
        Scope { node: Some(Rc::new(node)), stdlib: self.stdlib }
    }

    fn with_meaning(&self, name: &str, meaning: Meaning) -> Scope<'a> {
        self.with(name, Entry::Declared(Declared::Meaning(meaning)))
    }

    /// The scope of conditions and keys about an element.
    fn with_element(&self, object: ObjectId, class: ClassId) -> Scope<'a> {
        let inside_a_block = self.this().is_some();
        self.with("this", if inside_a_block { Entry::Bare(object, class) } else { Entry::This(object, class) })
    }

    fn this(&self) -> Option<(ObjectId, ClassId)> {
        let mut node = self.node.as_ref();
        while let Some(n) = node {
            if let Entry::This(object, class) | Entry::Bare(object, class) = n.entry {
                return Some((object, class));
            }
            node = n.outer.as_ref();
        }
        None
    }
}

/// The state of a check.
pub struct Checker<'a> {
    analysis: Analysis,
    messages: Vec<Message>,
    binding: &'a Binding,
    texts: &'a Sources,
    decls: Vec<Decl<'a>>,
    states: Vec<State>,
    user_names: HashMap<String, DeclId>,
    std_names: HashMap<String, DeclId>,
    /// Functions of the standard library by their name and number of arguments: `MR(megajets)`, `MR(a, b)`.
    std_functions: HashMap<(String, usize), DeclId>,
    /// Declarations being checked, outermost first.
    checking: Vec<DeclId>,
    /// Functions being expanded.
    calling: Vec<DeclId>,
    frames: Vec<Frame>,
    frames_made: u64,
    known: build::Known,
    expanded: HashMap<(DeclId, String), Option<Meaning>>,
    /// Links that were followed: of which collection, their name, from which object.
    links: HashMap<(SourceId, String, ObjectId), Meaning>,
    regions: HashMap<DeclId, RegionId>,
    region_scopes: Vec<Scope<'a>>,
    /// Attributes whose define is wrong, and reported: their uses are not reported again.
    wrong: HashSet<String>,
    /// The enclosing name, and how many random draws it has had: keys of the draws.
    draws: (String, u32),
    depth: u32,
}

/// Checks an analysis against an input. `stdlib` are the functions of the standard library and what stands beside the
/// profile, `files` those of the analysis in the order of inclusion. The analysis is complete if no message is an error.
#[must_use]
pub fn check<'a>(
    stdlib: &[&'a ast::File],
    files: &'a [ast::File],
    binding: &'a Binding,
    texts: &'a Sources,
) -> (Analysis, Vec<Message>) {
    let own = texts.iter().find(|(_, text)| !text.is_stdlib).map_or(FileId::default(), |(id, _)| id);
    let mut checker = Checker {
        analysis: Analysis { own, ..Analysis::default() },
        messages: Vec::new(),
        binding,
        texts,
        decls: Vec::new(),
        states: Vec::new(),
        user_names: HashMap::new(),
        std_names: HashMap::new(),
        std_functions: HashMap::new(),
        checking: Vec::new(),
        calling: Vec::new(),
        frames: Vec::new(),
        frames_made: 0,
        known: build::Known::default(),
        expanded: HashMap::new(),
        links: HashMap::new(),
        regions: HashMap::new(),
        region_scopes: Vec::new(),
        wrong: HashSet::new(),
        draws: (String::new(), 0),
        depth: 0,
    };
    checker.declare(stdlib.iter().copied(), true);
    checker.declare(files, false);
    for id in 0..checker.decls.len() {
        if checker.user_names.get(&checker.decls[id].name().text) == Some(&id) {
            checker.declaration(id);
        }
    }
    checker.book_lists();
    (checker.analysis, checker.messages)
}

impl<'a> Checker<'a> {
    fn declare(&mut self, files: impl IntoIterator<Item = &'a ast::File>, stdlib: bool) {
        for block in files.into_iter().flat_map(|f| &f.blocks) {
            let decl = match block {
                ast::Block::Define(d) => Decl::Define(d),
                ast::Block::Best(b) => Decl::Best(b),
                ast::Block::Object(o) => Decl::Object(o),
                ast::Block::Composite(o) => Decl::Composite(o),
                ast::Block::Region(r) => Decl::Region(r),
                ast::Block::HistoList(h) => Decl::HistoList(h),
                ast::Block::Table(t) => Decl::Table(t),
                ast::Block::CountsFormat(c) => {
                    self.counts_format(c);
                    continue;
                }
                ast::Block::Reserved(r) => {
                    self.messages.push(error::reserved(&r.keyword.text, r.keyword.span));
                    continue;
                }
                ast::Block::Info(_)
                | ast::Block::Include(_)
                | ast::Block::Schema(_)
                | ast::Block::Optional(_)
                | ast::Block::Setting(_) => {
                    continue;
                }
            };
            let id = self.decls.len();
            self.decls.push(decl);
            self.states.push(State::New);
            let names = if stdlib { &mut self.std_names } else { &mut self.user_names };
            let name = decl.name();
            if let (true, Decl::Define(d)) = (stdlib, decl) {
                self.std_functions.entry((name.text.clone(), d.parameters.len())).or_insert(id);
                if names.get(&name.text).is_some_and(|first| self.decls[*first].parameters() != decl.parameters()) {
                    continue;
                }
            }
            if let Some(first) = names.get(&name.text) {
                let first = self.decls[*first].name().span;
                self.messages.push(error::duplicate(decl.word(), &name.text, name.span, first));
            } else {
                names.insert(name.text.clone(), id);
            }
        }
    }

    /// The text under a span, on one line.
    fn text(&self, span: Span) -> String {
        self.texts.slice(span).lines().map(|l| l.split(" #").next().unwrap_or("").trim()).collect::<Vec<_>>().join(" ")
    }

    fn report(&mut self, message: Message) {
        let span = message.labels.first().map(|l| l.span);
        let unknown = matches!(message.code, "unknown_name" | "unknown_attribute" | "unknown_function");
        if unknown && span.is_some_and(|s| self.wrong.contains(self.texts.slice(s))) {
            return;
        }
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    /// Something that gave no meaning and no message would be a cut that is silently not made: a bug of adlc, and said
    /// to be one.
    fn lost(&mut self, is_lost: bool, span: Span) {
        if is_lost && !self.messages.iter().any(Message::is_error) {
            let title = "internal error: this was not understood, and no reason was found";
            self.messages.push(error::plain("internal", title, span, "lost", "please report it"));
        }
    }

    /// A new frame.
    fn frame(&mut self, axes: Vec<(CollectionId, ClassId, Var)>) -> Frame {
        self.frames_made += 1;
        Frame { axes, number: self.frames_made }
    }

    /// Runs a check inside a frame of its own and gives what it used: the collections whose element it needs.
    fn framed<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> (T, Vec<(CollectionId, ClassId, Var)>) {
        let frame = self.frame(Vec::new());
        self.frames.push(frame);
        let result = check(self);
        let frame = self.frames.pop().unwrap_or_default();
        (result, frame.axes)
    }

    /// The current element of a collection in the innermost frame.
    fn element(&mut self, collection: CollectionId, class: ClassId) -> ObjectId {
        let known = self.frames.last().and_then(|f| f.axes.iter().find(|(c, k, _)| *c == collection && *k == class));
        let var = match known {
            Some((_, _, var)) => *var,
            None => {
                let var = self.var();
                if let Some(frame) = self.frames.last_mut() {
                    frame.axes.push((collection, class, var));
                }
                var
            }
        };
        self.add_object(super::Object::Var(var))
    }
}
