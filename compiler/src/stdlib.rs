//! The standard library: ADL texts that every analysis sees, and the schema profiles, compiled into the binary.

/// Functions, by file name.
pub const FUNCTIONS: [(&str, &str); 4] = [
    ("physics.adl", include_str!("../../stdlib/physics.adl")),
    ("shapes.adl", include_str!("../../stdlib/shapes.adl")),
    ("masses.adl", include_str!("../../stdlib/masses.adl")),
    ("missing.adl", include_str!("../../stdlib/missing.adl")),
];

/// The columns that files of each profile's format have, by the name of the profile.
pub const COLUMNS: [(&str, &str); 18] = [
    ("CMSRun1", include_str!("../../stdlib/schema/columns/cms_run1.adl")),
    ("NanoAOD", include_str!("../../stdlib/schema/columns/nanoaod.adl")),
    ("Delphes", include_str!("../../stdlib/schema/columns/delphes.adl")),
    ("CMSScouting", include_str!("../../stdlib/schema/columns/scouting.adl")),
    ("K4SimDelphes", include_str!("../../stdlib/schema/columns/k4simdelphes.adl")),
    ("FCC", include_str!("../../stdlib/schema/columns/fcc.adl")),
    ("EDM4hep", include_str!("../../stdlib/schema/columns/edm4hep.adl")),
    ("TreeMaker", include_str!("../../stdlib/schema/columns/treemaker.adl")),
    ("HZZ", include_str!("../../stdlib/schema/columns/hzz.adl")),
    ("HZZObjects", include_str!("../../stdlib/schema/columns/hzz_objects.adl")),
    ("PHYSLITE", include_str!("../../stdlib/schema/columns/physlite.adl")),
    ("CPNtuple", include_str!("../../stdlib/schema/columns/cp_ntuple.adl")),
    ("POET", include_str!("../../stdlib/schema/columns/poet.adl")),
    ("ATLASOD2025", include_str!("../../stdlib/schema/columns/atlas_od_2025.adl")),
    ("ATLASODR2", include_str!("../../stdlib/schema/columns/atlas_od_r2.adl")),
    ("ATLASOD", include_str!("../../stdlib/schema/columns/atlas_od.adl")),
    ("LHCO", include_str!("../../stdlib/schema/columns/lhco.adl")),
    ("LVL0", include_str!("../../stdlib/schema/columns/cutlang.adl")),
];

/// Schema profiles, in the order in which they are tried.
pub const PROFILES: [(&str, &str); 19] = [
    ("schema/cms_run1.adl", include_str!("../../stdlib/schema/cms_run1.adl")),
    ("schema/nanoaod.adl", include_str!("../../stdlib/schema/nanoaod.adl")),
    ("schema/delphes.adl", include_str!("../../stdlib/schema/delphes.adl")),
    ("schema/scouting.adl", include_str!("../../stdlib/schema/scouting.adl")),
    ("schema/k4simdelphes.adl", include_str!("../../stdlib/schema/k4simdelphes.adl")),
    ("schema/fcc.adl", include_str!("../../stdlib/schema/fcc.adl")),
    ("schema/edm4hep.adl", include_str!("../../stdlib/schema/edm4hep.adl")),
    ("schema/treemaker.adl", include_str!("../../stdlib/schema/treemaker.adl")),
    ("schema/hzz.adl", include_str!("../../stdlib/schema/hzz.adl")),
    ("schema/hzz_objects.adl", include_str!("../../stdlib/schema/hzz_objects.adl")),
    ("schema/physlite.adl", include_str!("../../stdlib/schema/physlite.adl")),
    ("schema/cp_ntuple.adl", include_str!("../../stdlib/schema/cp_ntuple.adl")),
    ("schema/poet.adl", include_str!("../../stdlib/schema/poet.adl")),
    ("schema/atlas_od_2025.adl", include_str!("../../stdlib/schema/atlas_od_2025.adl")),
    ("schema/atlas_od_r2.adl", include_str!("../../stdlib/schema/atlas_od_r2.adl")),
    ("schema/atlas_od.adl", include_str!("../../stdlib/schema/atlas_od.adl")),
    ("schema/lhco.adl", include_str!("../../stdlib/schema/lhco.adl")),
    ("schema/cutlang.adl", include_str!("../../stdlib/schema/cutlang.adl")),
    ("schema/flat.adl", include_str!("../../stdlib/schema/flat.adl")),
];

/// The head of a profile's text, which tells it from others: as far as its other names, its trees, and the columns by
/// which it is known, all right behind its name.
#[must_use]
pub fn head(text: &str) -> &str {
    let mut end = 0;
    let mut is_inside = false;
    for line in text.split_inclusive('\n') {
        let word = line.split_whitespace().next().unwrap_or("");
        if is_inside && !matches!(word, "alias" | "tree" | "detect") {
            break;
        }
        is_inside |= word == "schema";
        end += line.len();
    }
    text.get(..end).unwrap_or(text)
}
