//! `adlc doc`: an analysis as text to be read by people, from its AST in edition 2026: tables in Markdown or LaTeX, and a
//! picture of what is made of what. Pure functions; nothing is checked here but what a table needs.
//!
//! `content` says what there is to tell, in tables of ready cells; `math` writes expressions; `markdown` and `latex` set
//! the tables; `graph` finds the layers of the picture and `svg` draws it.

mod content;
mod escape;
mod graph;
mod latex;
mod markdown;
mod math;
mod published;
mod regions;
mod svg;
mod units;

use crate::hir::schema::Binding;
use crate::syntax::ast::{Block, Define, File, Info, ObjectStatement, RegionStatement};

/// An analysis to be documented.
#[derive(Clone, Debug)]
pub struct Documented<'a> {
    /// Its files, in edition 2026.
    files: &'a [File],
    /// Where the units of columns come from; none are written without.
    binding: Option<&'a Binding>,
    /// All that is defined, the standard library first.
    defines: Vec<&'a Define>,
}

impl<'a> Documented<'a> {
    /// An analysis of translated `files`, the standard library, and an input or schema that gives units.
    #[must_use]
    pub fn new(files: &'a [File], stdlib: &[&'a File], binding: Option<&'a Binding>) -> Documented<'a> {
        let mut defines: Vec<&Define> = Vec::new();
        for block in stdlib.iter().copied().chain(files).flat_map(|f| &f.blocks) {
            match block {
                Block::Define(d) => defines.push(d),
                Block::Object(o) | Block::Composite(o) => defines.extend(o.statements.iter().filter_map(|s| match s {
                    ObjectStatement::Define(d) => Some(d),
                    _ => None,
                })),
                Block::Region(r) => defines.extend(r.statements.iter().filter_map(|s| match s {
                    RegionStatement::Define(d) => Some(d),
                    _ => None,
                })),
                _ => {}
            }
        }
        Documented { files, binding, defines }
    }

    fn blocks(&self) -> impl Iterator<Item = &'a Block> + use<'a> {
        self.files.iter().flat_map(|f| &f.blocks)
    }

    fn infos(&self) -> impl Iterator<Item = &'a Info> + use<'a> {
        self.blocks().filter_map(|b| if let Block::Info(i) = b { Some(i) } else { None })
    }

    /// What the analysis is called.
    fn title(&self) -> Option<&'a str> {
        let mut fields = self.infos().flat_map(|i| &i.fields);
        fields.find(|(name, _)| name.text.eq_ignore_ascii_case("title")).map(|(_, text)| text.as_str())
    }
}

/// The analysis as a page of Markdown.
#[must_use]
pub fn markdown(analysis: &Documented<'_>) -> String {
    markdown::page(analysis)
}

/// The analysis as a LaTeX document of the class `article`, with tables for a paper.
#[must_use]
pub fn latex(analysis: &Documented<'_>) -> String {
    latex::document(analysis)
}

/// What is made of what, as a picture: collections of the input, objects, regions.
#[must_use]
pub fn svg(analysis: &Documented<'_>) -> String {
    svg::draw(&graph::graph(analysis))
}
