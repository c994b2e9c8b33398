//! Schema blocks of the AST.

use super::{Expr, Name, Reserved};
use crate::source::Span;

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
