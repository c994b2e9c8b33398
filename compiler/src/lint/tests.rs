//! The cost of the lints.

use crate::phasespace::tests::schema;

/// Regions of 6 bins each, and one with as many bins as all of them: cells combined and bins compared.
fn steps(regions: usize) -> u64 {
    let mut text = "adl 2026\nregion base\n  select size(Jet) >= 2\n  select y > 0\n".to_owned();
    for i in 0..regions {
        text.push_str(&format!("region r{i}\n  take base\n  select x > {i} and x <= {}\n  select n < 7\n", i + 1));
        for bin in 0..6 {
            text.push_str(&format!("  bin y [] {} {}\n", bin * 10, bin * 10 + 9));
        }
    }
    text.push_str("region fine\n  take base\n");
    for i in 0..regions * 6 {
        text.push_str(&format!("  bin x > {i} and x <= {} and n == {}\n", i + 1, i % 3));
    }
    let parsed = crate::parse("a.adl", &text, &mut |_, _| Err(String::new()));
    let binding = crate::bind(&parsed, &schema()).unwrap_or_default();
    let (analysis, messages) = crate::check(&parsed, &binding);
    assert!(!messages.iter().any(crate::error::Message::is_error), "{messages:?}");
    super::all(&analysis, &binding, &parsed.files, &parsed.sources).space.steps
}

#[test]
fn the_cost_grows_with_the_analysis() {
    let (few, many) = (steps(25), steps(50));
    assert!(many < 3 * few && many < 100_000, "{few} steps for 25 regions, {many} for 50");
}
