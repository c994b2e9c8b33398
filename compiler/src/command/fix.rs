//! `adlc fix --edition 2026`: a legacy analysis in edition 2026, what that changes, and whether both compute the same.

use std::collections::BTreeMap;
use std::path::Path;

use adl_runtime::output::OutputError;
use adlc::legacy::Reading;
use adlc::legacy::fix::fix as rewrite;

use super::{Failure, fmt, report, settle, tell};
use crate::{Edition, Input};

/// Rewrites an analysis; to stdout, or (`write`) in its files.
pub fn fix(analysis: &Path, input: &Input, write: bool) -> Result<(), Failure> {
    if input.edition != Some(Edition::E2026) {
        return Err(Failure::new(2, "to which edition? Files are brought to 2026: adlc fix --edition 2026 FILE"));
    }
    let legacy = Input { edition: Some(Edition::Legacy), ..input.clone() };
    let before = super::checked(analysis, &legacy, false, true)?;
    let (fixed, messages) = rewrite(&before.parsed.files, &before.parsed.sources, &before.binding);
    let changes: Vec<_> = messages.into_iter().filter(|m| m.code.starts_with("fix_")).collect();
    let names: BTreeMap<String, &str> =
        fixed.iter().filter_map(|f| Some((before.parsed.sources.get(f.file)?.name.clone(), f.text.as_str()))).collect();
    let main = analysis.display().to_string();
    let Some(text) = names.get(&main) else {
        tell(format!("{main} is of edition 2026 already"));
        return Ok(());
    };
    let mut include = |written: &str, from: &str| {
        let (name, old) = super::included(written, from)?;
        let new = names.get(&name).map(|t| (*t).to_owned());
        Ok((name, new.unwrap_or(old)))
    };
    let parsed = adlc::parse_as(&main, text, Reading::default(), &mut include);
    let (after, found) = adlc::check(&parsed, &before.binding);
    let mut said = parsed.messages.clone();
    said.extend(found);
    let said: Vec<_> = settle(said, &parsed, input, true)?.into_iter().filter(adlc::error::Message::is_error).collect();
    if !said.is_empty() {
        let _ = report(&said, &parsed, false, false);
        return Err(Failure::internal("the rewritten text has errors"));
    }
    report(&changes, &before.parsed, false, false)?;
    let place = |analysis| adlc::place(analysis, &before.binding).map_err(Failure::internal);
    let (old, new) = (place(&before.analysis)?, place(&after)?);
    let plan = |placed: &adlc::Placed| adlc::plan::print::plan(&placed.plan);
    let same = plan(&old) == plan(&new);
    if write {
        for (name, text) in &names {
            let failed = |e| Failure::new(OutputError::EXIT_CODE, format!("{name}: {e}"));
            super::write_whole(Path::new(name), text).map_err(failed)?;
        }
    } else {
        fmt::print(text)?;
        for (name, text) in names.iter().filter(|(name, _)| **name != main) {
            fmt::print(&format!("\n# {name}\n{text}"))?;
        }
    }
    match (same, changes.len()) {
        (true, _) => tell("both texts compute the same: their Plans are equal"),
        (false, 0) => tell("the texts compute differently: compare their Plans with `adlc plan`"),
        (false, _) => tell("the texts compute the same but for what is said above"),
    }
    Ok(())
}
