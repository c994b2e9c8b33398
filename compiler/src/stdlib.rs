//! The standard library: ADL texts that every analysis sees, and the schema profiles, compiled into the binary.

/// Functions, by file name.
pub const FUNCTIONS: [(&str, &str); 4] = [
    ("physics.adl", include_str!("../../stdlib/physics.adl")),
    ("shapes.adl", include_str!("../../stdlib/shapes.adl")),
    ("masses.adl", include_str!("../../stdlib/masses.adl")),
    ("missing.adl", include_str!("../../stdlib/missing.adl")),
];

/// The columns that files of each profile's format have, by the name of the profile.
pub const COLUMNS: [(&str, &str); 10] = [
    ("CMSRun1", include_str!("../../stdlib/schema/columns/cms_run1.adl")),
    ("NanoAOD", include_str!("../../stdlib/schema/columns/nanoaod.adl")),
    ("Delphes", include_str!("../../stdlib/schema/columns/delphes.adl")),
    ("EDM4hep", include_str!("../../stdlib/schema/columns/edm4hep.adl")),
    ("TreeMaker", include_str!("../../stdlib/schema/columns/treemaker.adl")),
    ("POET", include_str!("../../stdlib/schema/columns/poet.adl")),
    ("ATLASODR2", include_str!("../../stdlib/schema/columns/atlas_od_r2.adl")),
    ("ATLASOD", include_str!("../../stdlib/schema/columns/atlas_od.adl")),
    ("LHCO", include_str!("../../stdlib/schema/columns/lhco.adl")),
    ("LVL0", include_str!("../../stdlib/schema/columns/cutlang.adl")),
];

/// Schema profiles, in the order in which they are tried.
pub const PROFILES: [(&str, &str); 11] = [
    ("schema/cms_run1.adl", include_str!("../../stdlib/schema/cms_run1.adl")),
    ("schema/nanoaod.adl", include_str!("../../stdlib/schema/nanoaod.adl")),
    ("schema/delphes.adl", include_str!("../../stdlib/schema/delphes.adl")),
    ("schema/edm4hep.adl", include_str!("../../stdlib/schema/edm4hep.adl")),
    ("schema/treemaker.adl", include_str!("../../stdlib/schema/treemaker.adl")),
    ("schema/poet.adl", include_str!("../../stdlib/schema/poet.adl")),
    ("schema/atlas_od_r2.adl", include_str!("../../stdlib/schema/atlas_od_r2.adl")),
    ("schema/atlas_od.adl", include_str!("../../stdlib/schema/atlas_od.adl")),
    ("schema/lhco.adl", include_str!("../../stdlib/schema/lhco.adl")),
    ("schema/cutlang.adl", include_str!("../../stdlib/schema/cutlang.adl")),
    ("schema/flat.adl", include_str!("../../stdlib/schema/flat.adl")),
];
