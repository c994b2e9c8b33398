//! `adlc doc`: an analysis as tables and pictures for people.

use std::path::{Path, PathBuf};

use adl_runtime::output::OutputError;
use adlc::doc::{self, Documented};
use adlc::hir::schema::Binding;
use adlc::legacy;

use super::{Failure, say};
use crate::Format;

/// Prints an analysis in a format, or writes it to `output`: a file, or a folder for all formats.
pub fn doc(
    analysis: &Path,
    input: &crate::Input,
    format: Option<Format>,
    output: Option<&Path>,
) -> Result<(), Failure> {
    let is_file = input.schema.as_ref().is_some_and(|s| Path::new(s).is_file());
    let (parsed, binding) = if input.inputs.is_empty() && !is_file {
        let parsed = super::read_analysis(analysis, input)?;
        super::report(&parsed.messages, &parsed, false, true)?;
        // A profile cannot know all columns of a file, trigger bits for example: it gives units, but checks no names.
        let profile = match &input.schema {
            Some(name) => Some(super::wanted(&parsed, name)?),
            None => adlc::implied(&parsed),
        };
        let binding = profile.map(|p| adlc::bind_as(&parsed, &adlc::listed(p), p));
        (parsed, binding)
    } else {
        let checked = super::checked(analysis, input, false, true)?;
        (checked.parsed, Some(checked.binding))
    };
    let empty = Binding::default();
    // What a region takes from another is to be seen.
    let reading = legacy::Reading { copy_parents: false, ..parsed.reading };
    let (files, messages) = legacy::translate(&parsed.files, binding.as_ref().unwrap_or(&empty), reading);
    super::report(&messages, &parsed, false, true)?;
    let library = parsed.library(binding.as_ref().and_then(|b| b.text));
    let documented = Documented::new(&files, &library, binding.as_ref());

    let Some(output) = output else {
        say(text(&documented, format.unwrap_or(Format::Markdown)).trim_end());
        return Ok(());
    };
    let is_folder = output.is_dir() || output.to_string_lossy().ends_with('/');
    if !is_folder {
        let by_name = match output.extension().and_then(|e| e.to_str()) {
            Some("tex") => Format::Latex,
            Some("svg") => Format::Svg,
            _ => Format::Markdown,
        };
        return write(output, &text(&documented, format.unwrap_or(by_name)));
    }
    std::fs::create_dir_all(output)
        .map_err(|e| Failure::new(OutputError::EXIT_CODE, format!("{}: {e}", output.display())))?;
    let stem = analysis.file_stem().unwrap_or_default();
    for (each, extension) in [(Format::Markdown, "md"), (Format::Latex, "tex"), (Format::Svg, "svg")] {
        if format.is_none_or(|f| f == each) {
            let path = output.join(PathBuf::from(stem).with_extension(extension));
            write(&path, &text(&documented, each))?;
            say(path.display());
        }
    }
    Ok(())
}

fn text(documented: &Documented<'_>, format: Format) -> String {
    match format {
        Format::Markdown => doc::markdown(documented),
        Format::Latex => doc::latex(documented),
        Format::Svg => doc::svg(documented),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    super::write_whole(path, text).map_err(|e| Failure::new(OutputError::EXIT_CODE, format!("{}: {e}", path.display())))
}
