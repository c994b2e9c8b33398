//! An analysis of the size of the largest published ones, made of the lines that those are made of.

use std::fmt::Write;

use adlc::syntax::ast::Edition;

/// Half as many objects as regions, as many definitions, five bins and three histograms a region.
#[must_use]
pub fn analysis(edition: Edition, regions: usize) -> String {
    let legacy = edition == Edition::Legacy;
    let mut text = if legacy { "adl legacy\n\n" } else { "adl 2026\n\n" }.to_owned();
    text += "info analysis\n  title \"A search in many regions\"\n  experiment CMS\n\n";
    text += "countsformat results\n  process est, \"Total estimated background\", stat\n  process obs, \"Observed data\"\n\n";
    objects(&mut text, regions.div_ceil(2).max(2), legacy);
    definitions(&mut text, regions, legacy);
    text += &region("baseline", None, legacy);
    for i in 0..4.min(regions) {
        text += &region(&format!("control{i}"), Some("baseline"), legacy);
    }
    for i in 0..regions {
        let parent = if i % 3 == 0 { "baseline".to_owned() } else { format!("control{}", i % 4.min(regions)) };
        text += &signal(i, &parent, regions, legacy);
    }
    text
}

/// An analysis that plots everything everywhere: regions behind one preselection, with the same number of histograms of
/// 100 bins in each; every other region is weighted. `per_region` of 200 in 50 regions are 10,000 histograms.
#[must_use]
pub fn histograms(regions: usize, per_region: usize) -> String {
    let mut text = "adl 2026\n\nobject electrons\n  take Electron\n  select pt > 10 and abs(eta) < 2.5\n\n".to_owned();
    text += "object jets\n  take Jet\n  select pt > 30 and abs(eta) < 2.4\n\n";
    text += "define HT = sum(pt(jets))\n\nregion base\n  select MET > 5\n\n";
    for r in 0..regions {
        let _ = write!(text, "region r{r}\n  take base\n  select MET > {} and size(jets) >= {}\n", 5 + r, r % 3);
        if r % 2 == 1 {
            let _ = writeln!(text, "  weight w{r} 0.{}", r % 9 + 1);
        }
        for h in 0..per_region {
            let shown = match h % 8 {
                0 => format!("MET + {h}"),
                1 => format!("HT / {h}"),
                2 => format!("pt(jets[{}])", h / 8 % 6),
                3 => format!("abs(dphi(jets[{}], MET)) * {h}", h / 8 % 4),
                4 => format!("pt(jets) + {h}"),
                5 => format!("mass(jets[0] + jets[{}])", h / 8 % 5 + 1),
                6 => format!("pt(electrons) * {h}"),
                _ => format!("sqrt(MET * HT) - {h}"),
            };
            let _ = writeln!(text, "  histo h{h}, \"{shown} [GeV];x;events\", 100, 0, {}, {shown}", 200 + h);
        }
        text.push('\n');
    }
    text
}

/// An analysis that fills one histogram, and has so many more in ten regions that no event comes to.
#[must_use]
pub fn booked(histograms: usize) -> String {
    let mut text = "adl 2026\n\nregion filled\n  histo met, \"MET\", 100, 0, 200, MET\n".to_owned();
    for r in 0..10 {
        let _ = write!(text, "\nregion r{r}\n  select MET > {}\n", 100_000 + r);
        for h in 0..histograms / 10 {
            // What several regions show is computed once, before their cuts.
            let _ = writeln!(text, "  histo h{h}, \"h\", 100, 0, {}, MET + {}", 200 + h, 1000 * r + h);
        }
    }
    text
}

fn objects(text: &mut String, number: usize, legacy: bool) {
    text.push_str("object electrons\n  take Electron\n  select pt > 10 and abs(eta) < 2.5\n  select iso < 0.1\n\n");
    text.push_str("object muons\n  take Muon\n  select pt > 10 and abs(eta) < 2.4\n  select iso < 0.2\n\n");
    let near = if legacy { "dR(this, electrons) < 0.4" } else { "any(dR(this, electrons) < 0.4)" };
    let _ = write!(text, "object jets\n  take Jet\n  select pt > 30\n  select abs(eta) < 2.4\n  reject {near}\n\n");
    for i in 0..number.saturating_sub(3) {
        let (from, cut) = match i % 4 {
            0 => ("jets", format!("btag > 0.{}", i % 9 + 1)),
            1 => ("muons", format!("pt [] {} {}", 10 + i, 60 + i)),
            2 => ("FatJet", format!("msoftdrop > {} and tau2 / tau1 < 0.{}", 40 + i, i % 7 + 2)),
            _ => ("electrons", format!("pt > {} or abs(dphi(this, MET)) > 0.{}", 20 + i, i % 9)),
        };
        let _ = write!(text, "object picked{i}\n  take {from}\n  select {cut}\n\n");
    }
}

fn definitions(text: &mut String, number: usize, legacy: bool) {
    let mass = if legacy { "m(jets[0] jets[1])" } else { "mass(jets[0] + jets[1])" };
    text.push_str("define scalarSum = sum(pt(jets))\ndefine hardness = MET / sqrt(scalarSum)\n");
    let _ = writeln!(text, "define massOfTwo = {mass}");
    for i in 0..number.saturating_sub(3) {
        let value = match i % 5 {
            0 => format!("abs(dphi(jets[{}], MET))", i % 4),
            1 => format!("sqrt(2 * pt(muons[0]) * MET * (1 - cos(dphi(muons[0], MET)))) + {i}"),
            2 => format!("scalarSum > {} ? hardness : MET / {}", 100 + 10 * i, i + 1),
            3 => format!("pt(jets[{}]) + pt(jets[{}])", i % 3, i % 3 + 1),
            _ => format!("size(jets) + {}", i % 4),
        };
        let _ = writeln!(text, "define quantity{i} = {value}");
    }
    text.push('\n');
}

/// A region from which others are made.
fn region(name: &str, parent: Option<&str>, legacy: bool) -> String {
    let mut text = format!("region {name}\n");
    match parent {
        Some(parent) if legacy => _ = writeln!(text, "  {parent}"),
        Some(parent) => _ = writeln!(text, "  take {parent}"),
        None => text.push_str("  select ALL\n  select size(jets) >= 2\n  select scalarSum > 300\n  select MET > 200\n"),
    }
    if parent.is_some() {
        let _ = writeln!(text, "  select size(muons) == {}", name.len() % 3);
        text.push_str("  reject hardness < 5\n");
    }
    text.replace("  select ALL\n", if legacy { "  select ALL\n" } else { "" }) + "\n"
}

/// A signal region with its bins.
fn signal(i: usize, parent: &str, definitions: usize, legacy: bool) -> String {
    let quantity = |n: usize| match definitions.saturating_sub(3) {
        0 => "scalarSum".to_owned(),
        all => format!("quantity{}", n % all),
    };
    let mut text = format!("region signal{i}\n  {}{parent}\n", if legacy { "" } else { "take " });
    let _ = writeln!(text, "  select {} > {} and size(jets) >= {}", quantity(i), i % 7, i % 5 + 2);
    let _ = writeln!(text, "  select {} [] 0 {}", quantity(i + 1), 500 + i);
    let _ = writeln!(text, "  select MET + scalarSum > {} or massOfTwo > {}", 400 + i, 80 + i);
    let _ = writeln!(text, "  weight lumi{i} 0.{}", i % 9 + 1);
    for bin in 0..5 {
        let low = 200 + 100 * bin;
        let _ = writeln!(text, "  bin MET [] {low} {} and {} > {}", low + 99, quantity(i + 2), bin * 10);
        let _ = writeln!(text, "  counts results {}.5 +- {}.25, {}", 100 - bin, 9 - bin, 97 - bin);
    }
    for h in 0..3 {
        let shown = quantity(i + h);
        let _ = writeln!(text, "  histo h{i}x{h}, \"{shown} [GeV]\", 40, 0, {}, {shown}", 400 + i);
    }
    text + "\n"
}
