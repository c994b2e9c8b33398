//! The statement keywords: which word begins which statement, block by block. Read by `lines` and `reader`; the
//! grammar spells the same words (a test compares them).

/// What kind of block a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Before the first block, or after a global statement.
    File,
    Info,
    Object,
    Composite,
    Region,
    HistoList,
    CountsFormat,
    Table,
    Schema,
    /// A block of a later version: nothing in it is read.
    Later,
}

/// What the first word of a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Adl,
    Include,
    Info,
    Define,
    Best,
    Object,
    Composite,
    Region,
    HistoList,
    CountsFormat,
    Table,
    Schema,
    /// A block of a later version.
    LaterBlock,
    /// A statement of a later version.
    Later,
    /// A line of an `info` block.
    Field,
    Take,
    Select,
    Reject,
    Derived,
    Weight,
    Bin,
    Bins,
    Histo,
    Profile,
    Blind,
    Print,
    Save,
    Counts,
    In,
    Process,
    Nvars,
    Errors,
    Outside,
    TableType,
    /// A line of numbers in a table.
    Row,
    Tree,
    Detect,
    Event,
    Collection,
    Particle,
    Single,
    Transverse,
    Alias,
    Simulation,
    Unit,
    Columns,
    Optional,
    Metadata,
    Link,
    /// Legacy: a line of names in a region.
    Parents,
    /// Legacy: `sort`.
    Sort,
    /// Legacy: a line for the CutLang program.
    Setting,
}

/// A word and what it says at the beginning of a line.
pub(super) type Words = &'static [(&'static str, Keyword)];

/// Words that begin a block or a global statement.
pub(super) const BLOCKS: Words = &[
    ("adl", Keyword::Adl),
    ("include", Keyword::Include),
    ("info", Keyword::Info),
    ("define", Keyword::Define),
    ("def", Keyword::Define),
    ("best", Keyword::Best),
    ("object", Keyword::Object),
    ("obj", Keyword::Object),
    ("composite", Keyword::Composite),
    ("region", Keyword::Region),
    ("algorithm", Keyword::Region),
    ("algo", Keyword::Region),
    ("histoList", Keyword::HistoList),
    ("countsformat", Keyword::CountsFormat),
    ("table", Keyword::Table),
    ("schema", Keyword::Schema),
    ("systematic", Keyword::LaterBlock),
    ("correction", Keyword::LaterBlock),
    ("model", Keyword::LaterBlock),
    ("estimate", Keyword::LaterBlock),
    ("normalise", Keyword::LaterBlock),
    ("optional", Keyword::Optional),
];

const OBJECT: Words = &[
    ("take", Keyword::Take),
    ("using", Keyword::Take),
    ("select", Keyword::Select),
    ("cut", Keyword::Select),
    ("cmd", Keyword::Select),
    ("reject", Keyword::Reject),
];

const REGION: Words = &[
    ("take", Keyword::Take),
    ("using", Keyword::Take),
    ("select", Keyword::Select),
    ("cut", Keyword::Select),
    ("cmd", Keyword::Select),
    ("reject", Keyword::Reject),
    ("weight", Keyword::Weight),
    ("bin", Keyword::Bin),
    ("bins", Keyword::Bins),
    ("histo", Keyword::Histo),
    ("profile", Keyword::Profile),
    ("blind", Keyword::Blind),
    ("print", Keyword::Print),
    ("save", Keyword::Save),
    ("counts", Keyword::Counts),
    ("sort", Keyword::Later),
    ("trigger", Keyword::Later),
];

/// Further words of the legacy edition.
const LEGACY_OBJECT: Words = &[("set", Keyword::Define), ("print", Keyword::Setting), ("histo", Keyword::Setting)];

const LEGACY_REGION: Words = &[("sort", Keyword::Sort), ("trigger", Keyword::Select), ("set", Keyword::Define)];

const LEGACY_FILE: Words = &[
    ("TRGe", Keyword::Setting),
    ("TRGm", Keyword::Setting),
    ("SkipHistos", Keyword::Setting),
    ("SkipEffs", Keyword::Setting),
];

const HISTO_LIST: Words = &[("histo", Keyword::Histo), ("profile", Keyword::Profile), ("in", Keyword::In)];

const COUNTS_FORMAT: Words = &[("process", Keyword::Process)];

const TABLE: Words = &[
    ("nvars", Keyword::Nvars),
    ("errors", Keyword::Errors),
    ("outside", Keyword::Outside),
    ("tabletype", Keyword::TableType),
    ("file", Keyword::Later),
    ("systematic", Keyword::Later),
];

const SCHEMA: Words = &[
    ("tree", Keyword::Tree),
    ("detect", Keyword::Detect),
    ("event", Keyword::Event),
    ("collection", Keyword::Collection),
    ("particle", Keyword::Particle),
    ("single", Keyword::Single),
    ("transverse", Keyword::Transverse),
    ("alias", Keyword::Alias),
    ("simulation", Keyword::Simulation),
    ("unit", Keyword::Unit),
    ("columns", Keyword::Columns),
    ("optional", Keyword::Optional),
    ("metadata", Keyword::Metadata),
    ("link", Keyword::Link),
    ("links", Keyword::Link),
];

impl Room {
    /// The words that begin a statement here, besides `define` and `best`.
    pub(super) fn words(self) -> Words {
        match self {
            Room::File | Room::Info | Room::Later => &[],
            Room::Object | Room::Composite => OBJECT,
            Room::Region => REGION,
            Room::HistoList => HISTO_LIST,
            Room::CountsFormat => COUNTS_FORMAT,
            Room::Table => TABLE,
            Room::Schema => SCHEMA,
        }
    }

    /// Further words that begin a statement here in the legacy edition.
    pub(super) fn legacy_words(self) -> Words {
        match self {
            Room::Object | Room::Composite => LEGACY_OBJECT,
            Room::Region => LEGACY_REGION,
            Room::File
            | Room::Info
            | Room::HistoList
            | Room::Table
            | Room::Schema
            | Room::CountsFormat
            | Room::Later => &[],
        }
    }

    /// True where an indented `define` or `best` belongs to the block.
    pub(super) fn has_defines(self) -> bool {
        matches!(self, Room::Object | Room::Composite | Room::Region)
    }

    /// The block in words, with its article.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Room::File => "a file",
            Room::Info => "an info block",
            Room::Object => "an object block",
            Room::Composite => "a composite block",
            Room::Region => "a region",
            Room::HistoList => "a histoList",
            Room::CountsFormat => "a countsformat",
            Room::Table => "a table",
            Room::Schema => "a schema",
            Room::Later => "this block",
        }
    }
}

impl Keyword {
    /// The room that a block keyword opens.
    pub(super) fn opens(self) -> Option<Room> {
        match self {
            Keyword::Adl | Keyword::Include | Keyword::Define | Keyword::Best | Keyword::Optional => Some(Room::File),
            Keyword::Info => Some(Room::Info),
            Keyword::Object => Some(Room::Object),
            Keyword::Composite => Some(Room::Composite),
            Keyword::Region => Some(Room::Region),
            Keyword::HistoList => Some(Room::HistoList),
            Keyword::CountsFormat => Some(Room::CountsFormat),
            Keyword::Table => Some(Room::Table),
            Keyword::Schema => Some(Room::Schema),
            Keyword::LaterBlock => Some(Room::Later),
            Keyword::Later
            | Keyword::Parents
            | Keyword::Sort
            | Keyword::Setting
            | Keyword::Field
            | Keyword::Take
            | Keyword::Select
            | Keyword::Reject
            | Keyword::Derived
            | Keyword::Weight
            | Keyword::Bin
            | Keyword::Bins
            | Keyword::Histo
            | Keyword::Profile
            | Keyword::Blind
            | Keyword::Print
            | Keyword::Save
            | Keyword::Counts
            | Keyword::In
            | Keyword::Process
            | Keyword::Nvars
            | Keyword::Errors
            | Keyword::Outside
            | Keyword::TableType
            | Keyword::Row
            | Keyword::Tree
            | Keyword::Detect
            | Keyword::Event
            | Keyword::Collection
            | Keyword::Particle
            | Keyword::Single
            | Keyword::Transverse
            | Keyword::Alias
            | Keyword::Simulation
            | Keyword::Unit
            | Keyword::Metadata
            | Keyword::Columns
            | Keyword::Link => None,
        }
    }

    /// A statement of this kind that would compile.
    pub(super) fn example(self) -> &'static str {
        match self {
            Keyword::Adl => "adl 2026",
            Keyword::Include => "include \"objects.adl\"",
            Keyword::Info => "info analysis",
            Keyword::Define => "define HT = sum(pt(jets))",
            Keyword::Best => "best Z by abs(mass - 91.2) from disjoint(Muon a, Muon b)",
            Keyword::Object => "object jets",
            Keyword::Composite => "composite pairs",
            Keyword::Region => "region SR",
            Keyword::HistoList => "histoList plots",
            Keyword::CountsFormat => "countsformat results",
            Keyword::Table => "table efficiency",
            Keyword::Schema => "schema Ntuple",
            Keyword::LaterBlock | Keyword::Later | Keyword::Field | Keyword::Setting => "",
            Keyword::Parents => "baseline",
            Keyword::Sort => "sort pt(jets) descend",
            Keyword::Take => "take Jet",
            Keyword::Select => "select pt > 30 and abs(eta) < 2.4",
            Keyword::Reject => "reject dR(this, electrons) < 0.4",
            Keyword::Derived => "object swapped = Z1.p + Z2.m",
            Keyword::Weight => "weight pileup puWeight",
            Keyword::Bin => "bin \"4mu\" nMu == 4",
            Keyword::Bins => "bins MET 100 200 300 overflow",
            Keyword::Histo => "histo met, \"MET [GeV]\", 50, 0, 500, MET",
            Keyword::Profile => "profile eff, \"tight\", 24, -2.4, 2.4, eta(muons), tightId(muons)",
            Keyword::Blind => "blind MET > 300",
            Keyword::Print => "print MET, size(jets)",
            Keyword::Save => "save leptons csv MET, leadingPt = pt(leptons[0])",
            Keyword::Counts => "counts results 997 +- 32 +- 40, 933",
            Keyword::In => "in SR, CR",
            Keyword::Process => "process est, \"estimated background\", stat, syst",
            Keyword::Nvars => "nvars 2",
            Keyword::Errors => "errors true",
            Keyword::Outside => "outside clamp",
            Keyword::TableType => "tabletype efficiency",
            Keyword::Row => "0.85 20 50",
            Keyword::Tree => "tree Events",
            Keyword::Detect => "detect nMuon, Muon_pt",
            Keyword::Event => "event run, luminosityBlock, event",
            Keyword::Collection => "collection * size n* attribute *_*",
            Keyword::Particle => "particle Muon with mass = 0.1057",
            Keyword::Single => "single EventHeader",
            Keyword::Transverse => "transverse MET",
            Keyword::Alias => "alias missingET = MET",
            Keyword::Simulation => "simulation genWeight",
            Keyword::Unit => "unit GeV pt, mass",
            Keyword::Optional => "optional HLT_IsoMu24 = false",
            Keyword::Metadata => "metadata sumw tree Runs column genEventSumw",
            Keyword::Columns => "columns f32[] Jet_pt, Jet_eta",
            Keyword::Link => "link Muon.jet to Jet by jetIdx",
        }
    }
}

/// What `word` says at the beginning of a line among `words`.
pub(super) fn find(words: Words, word: &str) -> Option<Keyword> {
    words.iter().find(|(w, _)| w.eq_ignore_ascii_case(word)).map(|(_, k)| *k)
}

/// True for a word that begins a block or a global statement.
pub(super) fn is_block(word: &str) -> bool {
    find(BLOCKS, word).is_some()
}

/// True for a line that sets something of the CutLang program: `TRGe = 1`.
pub(super) fn is_setting(word: &str) -> bool {
    find(LEGACY_FILE, word).is_some()
}

/// True for a word that no definition may have: a line that began with it would be read as a statement. The words of
/// tables, schemas and histoLists, and those of later versions' region statements, stay free; so does `cut`, the old
/// word for `select`, which the language itself uses as a name (`define cut = 3`).
pub(super) fn is_reserved(word: &str) -> bool {
    !word.eq_ignore_ascii_case("cut")
        && find(BLOCKS, word).or_else(|| find(REGION, word)).is_some_and(|k| k != Keyword::Later)
}

/// True for a word that begins a statement of some block of an analysis: `weight` in an object block is misplaced.
pub(super) fn is_statement(word: &str) -> bool {
    find(REGION, word).is_some_and(|k| k != Keyword::Later)
}

/// The keyword nearest to a misspelt word: one slip of the pen in short words, two in long ones.
pub(super) fn nearest(room: Room, word: &str) -> Option<(&'static str, Keyword)> {
    let lower = word.to_ascii_lowercase();
    let known = match lower.as_str() {
        "histogram" | "hist" | "plot" => Some(("histo", Keyword::Histo)),
        "filter" | "require" => Some(("select", Keyword::Select)),
        "collection" => Some(("object", Keyword::Object)),
        "let" | "var" | "variable" => Some(("define", Keyword::Define)),
        "normalize" => Some(("normalise", Keyword::LaterBlock)),
        _ => None,
    };
    let here = |k: Keyword| k.opens().is_some() || room.words().iter().any(|(_, own)| *own == k);
    if let Some(found) = known.filter(|(_, k)| here(*k)) {
        return Some(found);
    }
    let allowed = if lower.len() <= 3 {
        0
    } else if lower.len() <= 5 {
        1
    } else {
        2
    };
    let mut best: Option<(usize, &'static str, Keyword)> = None;
    for (candidate, keyword) in room.words().iter().chain(BLOCKS) {
        let far = distance(&lower, &candidate.to_ascii_lowercase());
        if far > 0 && far <= allowed && candidate.len() > 3 && best.is_none_or(|(d, _, _)| far < d) {
            best = Some((far, candidate, *keyword));
        }
    }
    best.map(|(_, word, keyword)| (word, keyword))
}

/// How many letters must be put in, left out, replaced or swapped with a neighbour to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<u8>, Vec<u8>) = (a.bytes().collect(), b.bytes().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return a.len().max(b.len());
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut d = (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                d = d.min(at(&before, j - 1) + 1);
            }
            row.push(d);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}
