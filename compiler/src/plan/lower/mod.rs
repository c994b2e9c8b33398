//! HIR to Plan. Objects become words that point into the input's collections, candidates tuples of such words, vectors
//! their components; *missing* becomes a value: NaN for a Real, a presence beside an Int, Text or object, and for a
//! condition the pair "is true" / "is false", so that the Plan itself knows two truth values only.

mod bins;
mod expr;
mod grid;
mod object;
mod outside;
mod region;
mod save;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use self::outside::{Part, Reach};
use super::{
    Collection, CollectionId, CounterId, HistogramId, Input, InputId, Leaf, List, Plan, SiteId, SumId, Ty, Value,
};
use crate::hir::{self, Analysis, ColumnId, CountsFormat, ExprId, ObjectId, QuantityId, SourceId, Var};
use crate::source::Span;
use adl_runtime::rows::Tables;
use adl_runtime::schema::ElementType;

/// A Plan, and what its counters and histograms stand for.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// What to compute.
    pub plan: Plan,
    /// The regions in the order of the text.
    pub regions: Vec<BookedRegion>,
    /// The printed and saved tables, in the order of the text.
    pub tables: Tables,
    /// The formats of published counts.
    pub formats: Vec<CountsFormat>,
}

/// The results of a region.
#[derive(Clone, Debug)]
pub struct BookedRegion {
    /// Its name.
    pub name: String,
    /// Its rows; the first is "all events".
    pub rows: Vec<Row>,
    /// Its histograms, the one of its bins last.
    pub histograms: Vec<Booked>,
    /// Its published counts.
    pub counts: Vec<BookedCounts>,
}

/// Published counts of a row or bin.
#[derive(Clone, Debug)]
pub struct BookedCounts {
    /// The format, an index into [`Lowered::formats`].
    pub format: usize,
    /// The row's statement, or the bin's label.
    pub of: CountsOf,
    /// Per process: the count and its uncertainties (up, down).
    pub values: Vec<(f64, Vec<(f64, f64)>)>,
}

/// What published counts are counts of.
#[derive(Clone, Debug, PartialEq)]
pub enum CountsOf {
    /// All events.
    All,
    /// The row with this span.
    Row(Span),
    /// The bin with this label.
    Bin(String),
}

/// A row of a cutflow.
#[derive(Clone, Debug)]
pub struct Row {
    /// The statement; none for "all events".
    pub span: Option<Span>,
    /// What kind of statement it is.
    pub kind: RowKind,
    /// Events that reach and pass it.
    pub count: CounterId,
    /// Their weights; none while every weight is 1.
    pub sum: Option<SumId>,
    /// Events for which an operand was missing.
    pub missing: Option<CounterId>,
    /// Events whose weight is 0 from here on.
    pub zero: Option<CounterId>,
    /// What, here and up to the next row, was looked for where it is not.
    pub outside: Outside,
}

/// Counters of what was looked for where it is not; what is said of a row is their sum.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// Look-ups outside of a table that then gives a value.
    pub tables: Vec<CounterId>,
    /// Links of lists to entries that are not there.
    pub links: Vec<CounterId>,
}

impl Outside {
    fn add(&mut self, more: Outside) {
        self.tables.extend(more.tables);
        self.links.extend(more.links);
    }
}

/// Kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// All events of the input.
    All,
    /// `select`
    Select,
    /// `reject`
    Reject,
    /// `weight`
    Weight,
}

/// A histogram of the results.
#[derive(Clone, Debug)]
pub struct Booked {
    /// Its name in the region; `label/name` for the copy of one bin, `bins` for that of the region's bins.
    pub name: String,
    /// Title and axis titles, separated by `;`, as written.
    pub title: String,
    /// Where its content is.
    pub id: HistogramId,
}

/// Makes the Plan. `simulated` says that the input is simulation: then `blind` has no effect.
#[must_use]
pub fn lower(analysis: &Analysis, simulated: bool) -> Lowered {
    let mut lower = Lower {
        a: analysis,
        plan: Plan::default(),
        inputs: HashMap::new(),
        sources: HashMap::new(),
        known: HashMap::new(),
        texts: BTreeMap::new(),
        can_fall_outside: outside::possible(analysis),
        reaches: HashMap::new(),
        sites: HashMap::new(),
    };
    let (regions, tables) = region::regions(&mut lower, simulated);
    let mut texts = vec![String::new(); lower.texts.len()];
    for (text, number) in &lower.texts {
        if let Some(place) = texts.get_mut(*number as usize) {
            place.clone_from(text);
        }
    }
    let mut plan = lower.plan;
    // Sizes are read from a column that is read anyway, where there is one.
    for (i, collection) in plan.collections.iter_mut().enumerate() {
        let read = plan.inputs.iter().find(|input| input.collection == Some(CollectionId(i as u32)));
        if let Some(input) = read {
            collection.column.clone_from(&input.column);
        }
    }
    Lowered { plan, regions, tables: Tables { tables, texts }, formats: analysis.formats.clone() }
}

/// An object as values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Elem {
    present: Value,
    words: Vec<Value>,
    leaves: Vec<Leaf>,
}

/// An expression as values.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scalar {
    /// Is true; is false.
    Bool(Value, Value),
    /// Value; presence.
    Int(Value, Value),
    /// Value; NaN is missing.
    Real(Value),
    /// Number of the string; presence.
    Text(Value, Value),
}

/// A quantity as values.
#[derive(Clone, Debug)]
enum Done {
    Scalar(Scalar),
    Object(Elem),
}

/// What is bound and what is known in one body: the event's, or that of a quantity at its arguments.
#[derive(Default)]
struct Body {
    env: HashMap<Var, Elem>,
    exprs: HashMap<ExprId, Scalar>,
    objects: HashMap<ObjectId, Elem>,
    collections: HashMap<hir::CollectionId, List>,
    /// The look-ups in these that can fall outside.
    reaches: HashMap<Part, Rc<[Reach]>>,
}

impl Body {
    /// Binds a variable. What was known under another binding of it is forgotten.
    fn bind(&mut self, var: Var, elem: Elem) {
        if let Some(before) = self.env.get(&var)
            && *before != elem
        {
            self.exprs.clear();
            self.objects.clear();
            self.collections.clear();
            self.reaches.clear();
        }
        self.env.insert(var, elem);
    }
}

struct Lower<'a> {
    a: &'a Analysis,
    plan: Plan,
    inputs: HashMap<ColumnId, InputId>,
    sources: HashMap<SourceId, CollectionId>,
    known: HashMap<(QuantityId, Vec<Elem>), Done>,
    texts: BTreeMap<String, i64>,
    /// A table of the analysis fails or is counted outside of its rows.
    can_fall_outside: bool,
    /// The look-ups of quantities that can fall outside.
    reaches: HashMap<(QuantityId, Vec<Elem>), Rc<[Reach]>>,
    /// Where look-ups fail.
    sites: HashMap<ExprId, SiteId>,
}

impl Lower<'_> {
    /// What a place of the text asks for. What the standard library does is for the place that calls it.
    fn asked_at<T>(&mut self, place: Span, make: impl FnOnce(&mut Self) -> T) -> T {
        if place.file < self.a.own {
            return make(self);
        }
        let before = self.plan.dag.set_place(place);
        let made = make(self);
        self.plan.dag.set_place(before);
        made
    }

    /// The input of a column.
    fn input(&mut self, column: ColumnId) -> InputId {
        if let Some(id) = self.inputs.get(&column) {
            return *id;
        }
        let described = &self.a.columns[column.0 as usize];
        let collection = described.source.map(|s| self.collection_of(s));
        let ty = match described.element {
            ElementType::Bool => Ty::Bool,
            ElementType::F32 | ElementType::F64 => Ty::Real,
            ElementType::I8
            | ElementType::U8
            | ElementType::I16
            | ElementType::U16
            | ElementType::I32
            | ElementType::U32
            | ElementType::I64
            | ElementType::U64 => Ty::Int,
        };
        let id = self.plan.dag.input(ty, collection);
        self.plan.inputs.push(Input { column: described.name.clone(), element: described.element, collection });
        self.inputs.insert(column, id);
        id
    }

    /// The Plan's collection of an input collection.
    fn collection_of(&mut self, source: SourceId) -> CollectionId {
        if let Some(id) = self.sources.get(&source) {
            return *id;
        }
        let described = &self.a.sources[source.0 as usize];
        let id = CollectionId(self.plan.collections.len() as u32);
        self.plan.collections.push(Collection { name: described.name.clone(), column: described.sizes_of.clone() });
        self.sources.insert(source, id);
        id
    }

    /// The depth of a new loop whose body and list use these variables: one more than the deepest loop behind them.
    fn depth(&self, free: &[Var], body: &Body) -> u8 {
        let mut mask = 0;
        for elem in free.iter().filter_map(|v| body.env.get(v)) {
            mask |= self.plan.dag.free(elem.present);
            mask = elem.words.iter().fold(mask, |m, w| m | self.plan.dag.free(*w));
        }
        (64 - mask.leading_zeros()) as u8
    }

    /// The element of a loop over a list.
    fn item(&mut self, list: List, depth: u8) -> Elem {
        let leaves = self.plan.dag.leaves(list).to_vec();
        let words = (0..leaves.len()).map(|word| self.plan.dag.item(list, depth, word as u8)).collect();
        Elem { present: self.plan.dag.bool(true), words, leaves }
    }

    /// A quantity at its arguments.
    fn quantity(&mut self, id: QuantityId, arguments: Vec<Elem>) -> Done {
        let key = (id, arguments);
        if let Some(done) = self.known.get(&key) {
            return done.clone();
        }
        let quantity = &self.a.quantities[id.0 as usize];
        let mut body = Body::default();
        for (var, elem) in quantity.parameters.iter().zip(&key.1) {
            body.bind(*var, elem.clone());
        }
        let done = match quantity.body {
            hir::QuantityBody::Scalar(e) => Done::Scalar(self.expr(e, &mut body)),
            hir::QuantityBody::Object(o) => Done::Object(self.object(o, &mut body)),
        };
        self.known.insert(key, done.clone());
        done
    }

    /// Not a number: *missing*.
    fn nan(&mut self) -> Value {
        self.plan.dag.real(f64::NAN)
    }

    /// The number of a string.
    fn text(&mut self, text: &str) -> Value {
        let next = self.texts.len() as i64;
        let number = *self.texts.entry(text.to_owned()).or_insert(next);
        self.plan.dag.int(number)
    }
}
