//! The AST: what was written, block by block, with a span for everything a message may point at. Names are text;
//! nothing is known about them. Made by `syntax::parse`, read by `hir`.

mod expr;
mod object;
mod region;
mod schema;

pub use expr::*;
pub use object::*;
pub use region::*;
pub use schema::*;

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

/// Something of the language that a later version brings: refused by name, not by syntax error.
#[derive(Clone, Debug, PartialEq)]
pub struct Reserved {
    /// Its keyword.
    pub keyword: Name,
    /// All of it.
    pub span: Span,
}
