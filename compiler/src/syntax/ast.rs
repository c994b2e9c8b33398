//! The AST: what was written, block by block, with a span for everything a message may point at. Names are text;
//! nothing is known about them. Made by `syntax::parse`, read by `hir`.

use super::ast_legacy::{LegacyExpr, LegacyStatement};
use crate::source::Span;

/// A word of the text with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The word as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// One source file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// `adl 2026`; absent in a file that declares no edition.
    pub edition: Option<EditionLine>,
    /// The blocks in their order.
    pub blocks: Vec<Block>,
    /// All statements that could be read, block headers among them, in the order of the text.
    pub statements: Vec<Span>,
}

impl File {
    /// The edition it declares, or the given one.
    #[must_use]
    pub fn edition_or(&self, undeclared: Edition) -> Edition {
        self.edition.as_ref().map_or(undeclared, |line| line.edition)
    }
}

/// The first statement of a file: `adl 2026`.
#[derive(Clone, Debug, PartialEq)]
pub struct EditionLine {
    /// Which edition.
    pub edition: Edition,
    /// The statement.
    pub span: Span,
}

/// The dialect a file is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// `adl 2026`: strict, the language adlc promotes.
    E2026,
    /// `adl legacy`: the CutLang reading.
    Legacy,
}

/// A block of the text: it ends where the next block keyword begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// `info analysis` with its fields; never executed.
    Info(Info),
    /// `include "objects.adl"`
    Include(Include),
    /// `define HT = sum(pt(jets))` in the column of the block keywords.
    Define(Define),
    /// `best Z by abs(mass - 91.2) from disjoint(leptons a, leptons b)` in the column of the block keywords.
    Best(Best),
    /// `object goodJets` / `take Jet` / `select pt > 30`
    Object(Object),
    /// `composite pairs` / `take disjoint(Muon a, Muon b)`
    Composite(Object),
    /// `region SR` with its statements.
    Region(Region),
    /// `histoList plots` with its histograms.
    HistoList(HistoList),
    /// `countsformat results` with its processes.
    CountsFormat(CountsFormat),
    /// `table electronEff` with its rows.
    Table(Table),
    /// `schema NanoAOD`: how the columns of a format become collections and attributes.
    Schema(Schema),
    /// `optional HLT_IsoMu24 = false`
    Optional(Optional),
    /// A block whose keyword belongs to the language, but not to this version of adlc: `systematic jes ...`.
    Reserved(Reserved),
    /// Legacy: a line for the CutLang program, `TRGe = 1`, `systematic ON "up" "down" weight_jvt`.
    Setting(Reserved),
}

/// `info analysis` / `title  Search for ...`
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// What the block is about.
    pub name: Name,
    /// Field name and free text.
    pub fields: Vec<(Name, String)>,
    /// The block's first line.
    pub span: Span,
}

/// `include "objects.adl"`
#[derive(Clone, Debug, PartialEq)]
pub struct Include {
    /// The path as written, relative to the including file.
    pub path: String,
    /// The string.
    pub span: Span,
}

/// `define NAME = E`, or `define f(a, b) = E`.
#[derive(Clone, Debug, PartialEq)]
pub struct Define {
    /// What is defined.
    pub name: Name,
    /// Empty for a plain define.
    pub parameters: Vec<Name>,
    /// The right-hand side.
    pub value: Expr,
    /// The statement.
    pub span: Span,
}

/// `best NAME by KEY [, KEY ...] from SOURCE [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// The winner's name.
    pub name: Name,
    /// Smallest first key, then the next key, then order.
    pub keys: Vec<Expr>,
    /// Where the candidates come from.
    pub from: Source,
    /// Which candidates count.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// Where objects or candidates come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// `take Jet`, `take sort(union(a, b), pt, descend)`, `from jets j`
    Collection {
        /// The collection.
        of: Expr,
        /// A name for its current element.
        alias: Option<Name>,
    },
    /// `take disjoint(Muon m1, Muon m2)`, `take cartesian(muons mu, taus tau)`
    Combination {
        /// Which combinations are formed.
        kind: Combinator,
        /// The members, in order.
        members: Vec<Binding>,
        /// The whole call.
        span: Span,
    },
    /// Legacy: `comb(jets[-1] jets[-2]) alias jj`; the elements with negative numbers are the members.
    Comb {
        /// The members, in order.
        members: Vec<Expr>,
        /// A name for the current candidate.
        alias: Option<Name>,
        /// The whole call.
        span: Span,
    },
}

/// Which tuples a combination forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combinator {
    /// No input object twice; bindings of one collection run i < j.
    Disjoint,
    /// All ordered tuples.
    Cartesian,
}

/// One member of a combination: `Muon m1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The collection it runs over.
    pub of: Expr,
    /// The member's name.
    pub name: Name,
}

/// An `object` or `composite` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The new collection.
    pub name: Name,
    /// Its `take` lines (2026 allows exactly one; checked in `hir`); the legacy edition also has `object a : B`.
    pub takes: Vec<Take>,
    /// The other statements, in order.
    pub statements: Vec<ObjectStatement>,
    /// The header line.
    pub span: Span,
}

/// `take SOURCE [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// What is taken.
    pub source: Source,
    /// Which elements.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// A statement of an object or composite block.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectStatement {
    /// `select pt > 30`
    Select(Expr),
    /// `reject dR(this, electrons) < 0.4`
    Reject(Expr),
    /// `define tagged = btag > 0.5`, indented deeper than the block keyword.
    Define(Define),
    /// `best near by dR(this, j) from jets j`, indented.
    Best(Best),
    /// `object ZaSwap = Z1.p + Z2.m`: a derived candidate.
    Derived(Define),
    /// A statement of the language that this version does not have.
    Reserved(Reserved),
}

/// A `region` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its name.
    pub name: Name,
    /// The statements, in order.
    pub statements: Vec<RegionStatement>,
    /// The header line.
    pub span: Span,
}

/// A statement of a region block.
#[derive(Clone, Debug, PartialEq)]
pub enum RegionStatement {
    /// `take baseline`
    Take(Name),
    /// `select size(jets) >= 2`
    Select(Expr),
    /// `reject size(electrons) > 0`
    Reject(Expr),
    /// `define x = ...`, indented: this region and its children only.
    Define(Define),
    /// `best ...`, indented.
    Best(Best),
    /// `weight pileup puWeight [where COND]`
    Weight(Weight),
    /// `bin "4mu" nMu == 4`
    Bin(Bin),
    /// `bins MET 100 200 300 overflow`
    Bins(Bins),
    /// `histo ...` or `profile ...`
    Histogram(Histogram),
    /// `histo plots`: books all histograms of a histoList here.
    UseList(Name),
    /// `blind [COND]`
    Blind(Option<Expr>, Span),
    /// `print MET, size(jets)`
    Print(Print),
    /// `save leptons csv MET, pt(leptons)`
    Save(Save),
    /// `counts results 997 +- 32 +- 40, 933`
    Counts(Counts),
    /// A statement of the legacy edition; none is left after `legacy::translate`.
    Legacy(LegacyStatement),
    /// A statement of the language that this version does not have.
    Reserved(Reserved),
}

/// `print E [, E ...]`
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    /// What is printed of every event that comes here; texts as they are.
    pub values: Vec<Expr>,
    /// The statement.
    pub span: Span,
}

/// `save NAME [csv | parquet | root | rntuple] [[COLUMN =] E , ...]`
#[derive(Clone, Debug, PartialEq)]
pub struct Save {
    /// The name of the file.
    pub name: Name,
    /// The format; none is written out in the 2026 edition only, and means Parquet.
    pub format: Option<(SaveFormat, Span)>,
    /// The columns; none means the whole event as it was read.
    pub columns: Vec<SaveColumn>,
    /// The statement.
    pub span: Span,
}

/// A file format of saved events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFormat {
    /// A line of text per event.
    Csv,
    /// An Apache Parquet file.
    Parquet,
    /// A ROOT file with a `TTree`.
    Root,
    /// A ROOT file with an `RNTuple`.
    Ntuple,
}

/// A column of a `save`.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveColumn {
    /// Its name, if one is given; else its text is its name.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
}

/// `countsformat NAME` / `process ID, "title", stat, syst`: the columns of published counts.
#[derive(Clone, Debug, PartialEq)]
pub struct CountsFormat {
    /// Its name.
    pub name: Name,
    /// The processes, in the order of the counts.
    pub processes: Vec<Process>,
    /// The header line.
    pub span: Span,
}

/// `process ID, "title" [, stat] [, syst]`
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub title: String,
    /// Which uncertainties its counts have, in their order.
    pub uncertainties: Vec<Uncertainty>,
    /// The statement.
    pub span: Span,
}

/// A kind of uncertainty of a published count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncertainty {
    /// Statistical.
    Stat,
    /// Systematic.
    Syst,
}

/// `counts NAME COUNT , ...`: published counts for the row or bin before it; never compared with the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// The `countsformat` they are in.
    pub format: Name,
    /// One per process.
    pub values: Vec<Count>,
    /// The statement.
    pub span: Span,
}

/// `997 +- 32 +- 40`, `6.0 + 3.6 - 0.6 +- 1.1`
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// The count.
    pub value: Number,
    /// Its uncertainties: how far it may lie above, and below (no sign).
    pub errors: Vec<(Number, Number)>,
    /// All of it.
    pub span: Span,
}

/// `weight NAME E [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// The weight's name.
    pub name: Name,
    /// The factor.
    pub value: Expr,
    /// Where it applies; 1 elsewhere.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// `bin ["label"] COND [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// The label, if one is given.
    pub label: Option<String>,
    /// Events that belong to it.
    pub condition: Expr,
    /// A further condition.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// `bins ["label"] AXIS [, AXIS ...] [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// Prefix of the bins' labels.
    pub label: Option<String>,
    /// The axes; the bins are their product, the last axis fastest.
    pub axes: Vec<BinAxis>,
    /// A condition for all of them.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// `EXPR edge edge ... [underflow] [overflow]`; without edges a string or Bool define, one bin per value.
#[derive(Clone, Debug, PartialEq)]
pub struct BinAxis {
    /// The binned quantity.
    pub value: Expr,
    /// Edges as written, with their places.
    pub edges: Vec<Number>,
    /// A bin below the first edge.
    pub underflow: bool,
    /// A bin from the last edge on.
    pub overflow: bool,
    /// The whole axis.
    pub span: Span,
}

/// A number with its sign, as written in an edge list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// Where it stands.
    pub span: Span,
}

impl Number {
    /// The same as an expression.
    #[must_use]
    pub fn expr(self) -> Expr {
        let Number { value, span } = self;
        let whole = value.fract() == 0.0 && value.abs() < 9.0e15;
        let size = if whole { ExprKind::Int(value.abs() as i64) } else { ExprKind::Real(value.abs()) };
        let size = Expr { kind: size, span };
        if value < 0.0 { Expr { kind: ExprKind::Unary(UnaryOp::Neg, Box::new(size)), span } } else { size }
    }
}

/// `histo NAME, "title;x;y", AXES, EXPRS [weighted E] [where COND] [per bin]`, or `profile ...`
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// `histo` or `profile`.
    pub kind: HistogramKind,
    /// Its name.
    pub name: Name,
    /// Title and axis titles, separated by `;`.
    pub title: String,
    /// One axis per filled expression (for a profile: one less than expressions).
    pub axes: Vec<Axis>,
    /// What is filled.
    pub values: Vec<Expr>,
    /// Factor on the event weight of each entry.
    pub weighted: Option<Expr>,
    /// Which entries.
    pub filter: Option<Expr>,
    /// Also one copy per bin of the region.
    pub per_bin: bool,
    /// The statement.
    pub span: Span,
}

/// What a histogram accumulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistogramKind {
    /// Sums of weights.
    Histo,
    /// The mean of the last expression.
    Profile,
}

/// An axis of a histogram as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// `100, 0, 200`
    Regular {
        /// Number of bins as written (checked to be a positive integer in `hir`).
        bins: Number,
        /// Lower edge.
        low: Number,
        /// Upper edge.
        high: Number,
    },
    /// `10 20 30 40 60 100`
    Edges(Vec<Number>),
}

/// `histoList plots` ... `[in SR, CR | all]`
#[derive(Clone, Debug, PartialEq)]
pub struct HistoList {
    /// Its name.
    pub name: Name,
    /// The histograms.
    pub histograms: Vec<Histogram>,
    /// Regions it is booked in, at their end.
    pub regions: Option<ListRegions>,
    /// The header line.
    pub span: Span,
}

/// The `in` line of a histoList.
#[derive(Clone, Debug, PartialEq)]
pub enum ListRegions {
    /// `in all`
    All(Span),
    /// `in SR, CR`
    Named(Vec<Name>),
}

/// `table NAME` with its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// `nvars 2`
    pub nvars: Option<Number>,
    /// `errors true`
    pub errors: Option<(bool, Span)>,
    /// `outside error | clamp | VALUE`
    pub outside: Option<(Outside, Span)>,
    /// `tabletype efficiency`, kept as text.
    pub tabletype: Option<Name>,
    /// Rows of numbers, as written.
    pub rows: Vec<Vec<Number>>,
    /// A row holds for its upper limit too, and of several that hold the first counts, as in the legacy edition; else a
    /// row ends just below its upper limit.
    pub closed: bool,
    /// Lines of the language that this version does not have (`file`, `systematic`).
    pub reserved: Vec<Reserved>,
    /// The header line.
    pub span: Span,
}

impl Table {
    /// The errors of a row, down and up, both positive: the two numbers behind the value, the one downwards first, as
    /// CutLang's tables have them (`# value err- err+`); a number with a minus is the one downwards wherever it stands.
    #[must_use]
    pub fn row_errors(&self, row: &[Number]) -> Option<(f64, f64)> {
        let (true, Some([first, second])) = (self.errors.is_some_and(|(e, _)| e), row.get(1..3)) else { return None };
        let (first, second) = (first.value, second.value);
        Some(if second < 0.0 && first >= 0.0 { (-second, first) } else { (first.abs(), second.abs()) })
    }
}

/// What a table gives outside of its rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outside {
    /// A look-up outside stops the run.
    Error,
    /// The nearest row.
    Clamp,
    /// This value.
    Value(f64),
}

/// `schema NAME` with its statements.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// The profile's name.
    pub name: Name,
    /// The statements, in order.
    pub statements: Vec<SchemaStatement>,
    /// The header line.
    pub span: Span,
}

/// A statement of a schema block. A pattern is a name in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaStatement {
    /// `tree Events`: the tree that holds the events.
    Tree(Vec<Name>),
    /// `detect nMuon, Muon_pt [without nMuon_pt]`: columns whose presence identifies the format; patterns allowed.
    Detect {
        /// All of these are there.
        with: Vec<Name>,
        /// None of these is.
        without: Vec<Name>,
    },
    /// `event run, luminosityBlock, event sections LuminosityBlocks`
    Event {
        /// The columns of run, luminosity section and number.
        columns: Vec<Name>,
        /// The tree that lists the sections, under the same names: also those of which no event is there.
        sections: Option<Name>,
    },
    /// `collection * size n* attribute *_*`: a collection pattern, its counter, its columns.
    Collection {
        /// Pattern of the collection's name.
        name: Name,
        /// Pattern of the counter column; the `*` is the collection's name.
        size: Option<Name>,
        /// Pattern of its columns: first `*` the collection, second `*` the attribute.
        attribute: Name,
    },
    /// `particle Jet, Muon with mass = 0.1057`: collections with a four-momentum; constants for absent columns.
    Particle {
        /// The collections.
        names: Vec<Name>,
        /// Constants for attributes without a column.
        with: Vec<(Name, Expr)>,
    },
    /// `single Event, ScalarHT`: collections that hold one entry in every event.
    Single(Vec<Name>),
    /// `transverse MET, PuppiMET`: vectors in the transverse plane; as a number, their magnitude.
    Transverse(Vec<Name>),
    /// `alias missingET = MET, Jet.pt = PT`: another name for a collection, column, vector or attribute.
    Alias(Vec<(Name, Name)>),
    /// `simulation genWeight`: columns whose presence says that the events are simulated.
    Simulation(Vec<Name>),
    /// `unit GeV pt, mass, *_pt`: columns or attributes and their unit.
    Unit {
        /// The unit as written.
        unit: Name,
        /// Patterns of columns or attributes.
        of: Vec<Name>,
    },
    /// `columns f32[] Jet_pt, Jet_eta`: columns that files of this format have.
    Columns {
        /// How values are stored: `f32`, or `f32[]` for a list per event.
        stored: Name,
        /// Patterns of columns.
        names: Vec<Name>,
    },
    /// `optional Jet.puId = 7`
    Optional(Optional),
    /// `metadata sumw tree Runs column genEventSumw, genEventSumw_`: what a file says of all events that it comes from.
    Metadata(Metadata),
    /// `link Muon.jet to Jet by jetIdx`
    Link(Link),
    /// A statement of the language that this version does not have.
    Reserved(Reserved),
}

/// `optional NAME = VALUE`: what stands for a column in the files that do not have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Optional {
    /// A column, or an attribute with its collection: `Jet.puId`.
    pub name: Name,
    /// The value.
    pub value: Literal,
    /// Where the value stands.
    pub at: Span,
    /// The statement.
    pub span: Span,
}

/// A plain value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// `true`
    Bool(bool),
    /// `7`
    Int(i64),
    /// `-0.5`
    Real(f64),
}

/// What a file says of all events that it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// What it is: `sumw`, `events`.
    pub name: Name,
    /// Where it is.
    pub place: MetadataPlace,
    /// The statement.
    pub span: Span,
}

/// Where a file says something of all events that it comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum MetadataPlace {
    /// `[tree TREE] column COLUMNS [times COLUMN] [where COLUMN in TEXTS [and ...]] [largest COLUMN]`: the sum of a column
    /// over the entries of a tree.
    Column {
        /// The tree; none for a column of the events, each of which has the value of its whole sample.
        tree: Option<Name>,
        /// The column: the first of these that is there.
        columns: Vec<Name>,
        /// Each entry is multiplied with the entry's value of this metadata, or of this column, before it is added.
        times: Option<Name>,
        /// Of a list the element whose texts in these columns are among those.
        texts: Vec<(Name, Vec<Name>)>,
        /// Of several the one with the largest value in this column.
        largest: Option<Name>,
    },
    /// `histogram PATTERN bin N`: the sum of a bin of all histograms that fit.
    Bin {
        /// Their path, with a `*` for what differs.
        histogram: Name,
        /// The bin; the first of the axis is 1.
        bin: usize,
    },
}

/// A link of a schema: what objects of one collection have in another.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// `links`: a list rather than one object.
    pub many: bool,
    /// The collection that has it; a pattern may stand for several.
    pub of: Name,
    /// Its name there.
    pub name: Name,
    /// The collection that it leads to; references may lead to one of several.
    pub to: Vec<Name>,
    /// How it is found.
    pub by: LinkBy,
}

/// How a link is found.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkBy {
    /// `by a, b`: attributes that hold positions.
    Columns(Vec<Name>),
    /// `inverse x`: those whose link x leads here.
    Inverse(Name),
    /// `from a through b`, `from a until b`: a range of positions.
    Range {
        /// The attribute that holds the first position.
        first: Name,
        /// The attribute that holds the last, or the one behind the last.
        last: Name,
        /// `through`: the last belongs to it.
        inclusive: bool,
        /// `via C.index`: positions in C, whose attribute `index` holds those of the objects.
        via: Option<(Name, Name)>,
    },
    /// `by reference x to id`: numbers by which objects are known.
    Reference {
        /// The attribute that holds the numbers.
        numbers: Name,
        /// The attribute of the objects by which they are known.
        known_by: Name,
    },
}

/// Something of the language that a later version brings: refused by name, not by syntax error.
#[derive(Clone, Debug, PartialEq)]
pub struct Reserved {
    /// Its keyword.
    pub keyword: Name,
    /// All of it.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `30`
    Int(i64),
    /// `2.5`
    Real(f64),
    /// `"2018"`
    Text(String),
    /// `MET`, `this`, `true`, `pt`
    Name(String),
    /// `dR(this, jets)`, `sum(pt(jets) where tagged)`, `sf(eta = abs(eta))`
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `Z.l1`
    Attribute {
        /// The object.
        of: Box<Expr>,
        /// The attribute or member.
        name: Name,
    },
    /// `jets[0]`
    Index {
        /// The collection.
        of: Box<Expr>,
        /// The position.
        index: Box<Expr>,
    },
    /// `jets[:4]`
    Slice {
        /// The collection.
        of: Box<Expr>,
        /// First position.
        from: Option<Box<Expr>>,
        /// One past the last position.
        to: Option<Box<Expr>>,
    },
    /// `-x`, `not x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a and b`
    And(Box<Expr>, Box<Expr>),
    /// `a or b`
    Or(Box<Expr>, Box<Expr>),
    /// `10 < MET < 100`: a chain of comparisons.
    Compare {
        /// The first operand.
        first: Box<Expr>,
        /// Operator and next operand.
        rest: Vec<(CompareOp, Expr)>,
    },
    /// `mass [] 60 120` (inside, both ends included) or `mass ][ 80 100` (outside, both ends included).
    Range {
        /// `[]` rather than `][`.
        inside: bool,
        /// What is tested.
        value: Box<Expr>,
        /// Lower limit.
        low: Box<Expr>,
        /// Upper limit.
        high: Box<Expr>,
    },
    /// `abs(pdgId) in (11, 13)`
    InValues {
        /// What is tested.
        value: Box<Expr>,
        /// The values.
        values: Vec<Expr>,
    },
    /// `this in Z`
    In {
        /// What is tested.
        value: Box<Expr>,
        /// A collection or candidate.
        of: Box<Expr>,
    },
    /// `cond ? a : b`
    Ternary {
        /// The test.
        condition: Box<Expr>,
        /// If true.
        yes: Box<Expr>,
        /// If false; absent only in the legacy edition.
        no: Option<Box<Expr>>,
    },
    /// `all` of nothing written: the body of an intrinsic of the standard library, `define sin(x) = intrinsic`.
    Intrinsic,
    /// A form of the legacy edition; none is left after `legacy::translate`.
    Legacy(Box<LegacyExpr>),
}

/// An argument of a call: `[NAME =] EXPR [where COND]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// For `sf(eta = abs(eta))`.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
    /// For reducers: `count(tagged(jets) where pt(jets) > 30)`.
    pub filter: Option<Expr>,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `not`
    Not,
}

/// Arithmetic operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `^`
    Pow,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `==`
    Eq,
    /// `!=`
    Ne,
}
