//! `adlc plan`: every stage of the compiler as text.

use std::path::Path;

use super::{Failure, report, say};
use crate::Stage;

/// Prints a stage.
pub fn plan(analysis: &Path, input: &crate::Input, stage: Stage) -> Result<(), Failure> {
    if let Stage::Ast = stage {
        let parsed = super::read_analysis(analysis, input)?;
        report(&parsed.messages, &parsed, false, false)?;
        for file in &parsed.files {
            say(adlc::syntax::print(file));
        }
        return Ok(());
    }
    let checked = super::checked(analysis, input, false, true)?;
    if let Stage::Hir = stage {
        say(adlc::hir::print::print(&checked.analysis));
        return Ok(());
    }
    let placed = adlc::place(&checked.analysis, &checked.binding).map_err(Failure::internal)?;
    say(match stage {
        Stage::Ast | Stage::Hir | Stage::Plan => adlc::plan::print::plan(&placed.plan),
        Stage::Placed => adlc::plan::print::program(&placed.plan, &placed.program),
        Stage::Clif => adlc::exec::clif(&placed.plan, &placed.program).map_err(Failure::internal)?,
    });
    Ok(())
}
