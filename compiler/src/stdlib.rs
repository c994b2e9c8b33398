//! The standard library: ADL texts that every analysis sees, and the schema profiles, compiled into the binary.

/// Functions, by file name.
pub const FUNCTIONS: [(&str, &str); 3] = [
    ("physics.adl", include_str!("../../stdlib/physics.adl")),
    ("shapes.adl", include_str!("../../stdlib/shapes.adl")),
    ("masses.adl", include_str!("../../stdlib/masses.adl")),
];

/// The columns that files of each profile's format have, by the name of the profile.
pub const COLUMNS: [(&str, &str); 1] = [("NanoAOD", include_str!("../../stdlib/schema/columns/nanoaod.adl"))];

/// Schema profiles, in the order in which they are tried.
pub const PROFILES: [(&str, &str); 3] = [
    ("schema/cms_run1.adl", include_str!("../../stdlib/schema/cms_run1.adl")),
    ("schema/nanoaod.adl", include_str!("../../stdlib/schema/nanoaod.adl")),
    ("schema/flat.adl", include_str!("../../stdlib/schema/flat.adl")),
];
