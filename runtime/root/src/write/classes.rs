//! The classes that are written, member by member, with ROOT 6.24's versions and checksums (`TClass::GetCheckSum`).

use Basic::{Bits, Bool, Count, Double, Float, Int, Short, Unsigned, UnsignedShort};
use Member::{Array, Base, Basic as Of, Counted, Enum, InPlace, Object, Pointer, Text};

/// A C++ class.
pub(super) struct Class {
    pub(super) name: &'static str,
    pub(super) version: u16,
    pub(super) checksum: u32,
    pub(super) title: &'static str,
    /// Whether a file describes it; ROOT has no description of arrays, which stream themselves.
    pub(super) described: bool,
    pub(super) members: &'static [Member],
}

/// A base class or a member, with its name.
pub(super) enum Member {
    Base(&'static Class),
    Basic(Basic, &'static str),
    /// An enumeration: its type and its name.
    Enum(&'static str, &'static str),
    /// A `TString`.
    Text(&'static str),
    Object(&'static Class, &'static str),
    /// A `TArrayD`.
    Array(&'static str),
    /// A pointer that is never null, whose object is written in place (`->`).
    InPlace(&'static Class, &'static str),
    Pointer(&'static Class, &'static str),
    /// `double*` with as many values as another member says.
    Counted {
        name: &'static str,
        count: &'static str,
    },
}

/// A basic type.
#[derive(Clone, Copy)]
pub(super) enum Basic {
    Bool,
    Short,
    UnsignedShort,
    Int,
    /// An `int` that counts the values of another member.
    Count,
    Unsigned,
    /// The `fBits` of a `TObject`.
    Bits,
    Float,
    Double,
}

/// The classes of which objects are written.
pub(super) static ALL: &[&Class] =
    &[&TOBJ_STRING, &THASH_LIST, &TH1D, &TH2D, &TH3D, &TPROFILE, &TPROFILE_2D, &TPROFILE_3D];

const fn class(
    name: &'static str,
    version: u16,
    checksum: u32,
    title: &'static str,
    members: &'static [Member],
) -> Class {
    Class { name, version, checksum, title, described: true, members }
}

/// Streams itself, so it is not described.
static TARRAY_D: Class = Class {
    name: "TArrayD",
    version: 1,
    checksum: 0x7139_ef34,
    title: "Array of doubles",
    described: false,
    members: &[],
};

static TOBJECT: Class =
    class("TObject", 1, 0x901b_c02d, "Basic ROOT object", &[Of(Unsigned, "fUniqueID"), Of(Bits, "fBits")]);

static TNAMED: Class = class(
    "TNamed",
    1,
    0xdfb7_4a3c,
    "The basis for a named object (name, title)",
    &[Base(&TOBJECT), Text("fName"), Text("fTitle")],
);

pub(super) static TSTRING: Class = class("TString", 2, 0x0001_7419, "", &[]);

static TOBJ_STRING: Class = class("TObjString", 1, 0x9c8e_4800, "", &[Base(&TOBJECT), Text("fString")]);

static TCOLLECTION: Class = class(
    "TCollection",
    3,
    0x57e3_cb9c,
    "Collection abstract base class",
    &[Base(&TOBJECT), Text("fName"), Of(Int, "fSize")],
);

static TSEQ_COLLECTION: Class =
    class("TSeqCollection", 0, 0xfc6c_3bc6, "Sequenceable collection ABC", &[Base(&TCOLLECTION)]);

static TLIST: Class = class("TList", 5, 0x69c5_c3bb, "Doubly linked list", &[Base(&TSEQ_COLLECTION)]);

static THASH_LIST: Class = class("THashList", 0, 0xcc7e_49c1, "", &[Base(&TLIST)]);

static TATT_LINE: Class = class(
    "TAttLine",
    2,
    0x9407_4549,
    "Line attributes",
    &[Of(Short, "fLineColor"), Of(Short, "fLineStyle"), Of(Short, "fLineWidth")],
);

static TATT_FILL: Class =
    class("TAttFill", 2, 0xffd9_2a92, "Fill area attributes", &[Of(Short, "fFillColor"), Of(Short, "fFillStyle")]);

static TATT_MARKER: Class = class(
    "TAttMarker",
    2,
    0x291d_8bec,
    "Marker attributes",
    &[Of(Short, "fMarkerColor"), Of(Short, "fMarkerStyle"), Of(Float, "fMarkerSize")],
);

static TATT_AXIS: Class = class(
    "TAttAxis",
    4,
    0x5c6f_ff3e,
    "Axis attributes",
    &[
        Of(Int, "fNdivisions"),
        Of(Short, "fAxisColor"),
        Of(Short, "fLabelColor"),
        Of(Short, "fLabelFont"),
        Of(Float, "fLabelOffset"),
        Of(Float, "fLabelSize"),
        Of(Float, "fTickLength"),
        Of(Float, "fTitleOffset"),
        Of(Float, "fTitleSize"),
        Of(Short, "fTitleColor"),
        Of(Short, "fTitleFont"),
    ],
);

static TATT_3D: Class = class("TAtt3D", 1, 0x0000_757a, "3D attributes", &[]);

static TAXIS: Class = class(
    "TAxis",
    10,
    0x5a49_6e70,
    "",
    &[
        Base(&TNAMED),
        Base(&TATT_AXIS),
        Of(Int, "fNbins"),
        Of(Double, "fXmin"),
        Of(Double, "fXmax"),
        Array("fXbins"),
        Of(Int, "fFirst"),
        Of(Int, "fLast"),
        Of(UnsignedShort, "fBits2"),
        Of(Bool, "fTimeDisplay"),
        Text("fTimeFormat"),
        Pointer(&THASH_LIST, "fLabels"),
        Pointer(&TLIST, "fModLabs"),
    ],
);

static TH1: Class = class(
    "TH1",
    8,
    0x1c37_40c4,
    "1-Dim histogram base class",
    &[
        Base(&TNAMED),
        Base(&TATT_LINE),
        Base(&TATT_FILL),
        Base(&TATT_MARKER),
        Of(Int, "fNcells"),
        Object(&TAXIS, "fXaxis"),
        Object(&TAXIS, "fYaxis"),
        Object(&TAXIS, "fZaxis"),
        Of(Short, "fBarOffset"),
        Of(Short, "fBarWidth"),
        Of(Double, "fEntries"),
        Of(Double, "fTsumw"),
        Of(Double, "fTsumw2"),
        Of(Double, "fTsumwx"),
        Of(Double, "fTsumwx2"),
        Of(Double, "fMaximum"),
        Of(Double, "fMinimum"),
        Of(Double, "fNormFactor"),
        Array("fContour"),
        Array("fSumw2"),
        Text("fOption"),
        InPlace(&TLIST, "fFunctions"),
        Of(Count, "fBufferSize"),
        Counted { name: "fBuffer", count: "fBufferSize" },
        Enum("TH1::EBinErrorOpt", "fBinStatErrOpt"),
        Enum("TH1::EStatOverflows", "fStatOverflows"),
    ],
);

static TH1D: Class =
    class("TH1D", 3, 0xf9b1_569f, "1-Dim histograms (one double per channel)", &[Base(&TH1), Base(&TARRAY_D)]);

static TH2: Class = class(
    "TH2",
    5,
    0x0182_347f,
    "2-Dim histogram base class",
    &[Base(&TH1), Of(Double, "fScalefactor"), Of(Double, "fTsumwy"), Of(Double, "fTsumwy2"), Of(Double, "fTsumwxy")],
);

static TH2D: Class =
    class("TH2D", 4, 0x7fba_82f0, "2-Dim histograms (one double per channel)", &[Base(&TH2), Base(&TARRAY_D)]);

static TH3: Class = class(
    "TH3",
    6,
    0x42d2_445f,
    "3-Dim histogram base class",
    &[
        Base(&TH1),
        Base(&TATT_3D),
        Of(Double, "fTsumwy"),
        Of(Double, "fTsumwy2"),
        Of(Double, "fTsumwxy"),
        Of(Double, "fTsumwz"),
        Of(Double, "fTsumwz2"),
        Of(Double, "fTsumwxz"),
        Of(Double, "fTsumwyz"),
    ],
);

static TH3D: Class =
    class("TH3D", 4, 0x64b9_ff86, "3-Dim histograms (one double per channel)", &[Base(&TH3), Base(&TARRAY_D)]);

static TPROFILE: Class = class(
    "TProfile",
    7,
    0x4bed_ee54,
    "",
    &[
        Base(&TH1D),
        Array("fBinEntries"),
        Enum("EErrorType", "fErrorMode"),
        Of(Double, "fYmin"),
        Of(Double, "fYmax"),
        Of(Double, "fTsumwy"),
        Of(Double, "fTsumwy2"),
        Array("fBinSumw2"),
    ],
);

static TPROFILE_2D: Class = class(
    "TProfile2D",
    8,
    0x36a1_42ac,
    "",
    &[
        Base(&TH2D),
        Array("fBinEntries"),
        Enum("EErrorType", "fErrorMode"),
        Of(Double, "fZmin"),
        Of(Double, "fZmax"),
        Of(Double, "fTsumwz"),
        Of(Double, "fTsumwz2"),
        Array("fBinSumw2"),
    ],
);

static TPROFILE_3D: Class = class(
    "TProfile3D",
    8,
    0xf60c_6814,
    "",
    &[
        Base(&TH3D),
        Array("fBinEntries"),
        Enum("EErrorType", "fErrorMode"),
        Of(Double, "fTmin"),
        Of(Double, "fTmax"),
        Of(Double, "fTsumwt"),
        Of(Double, "fTsumwt2"),
        Array("fBinSumw2"),
    ],
);
