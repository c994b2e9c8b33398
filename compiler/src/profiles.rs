//! The schema profiles that an analysis may be bound to: its own, and those of the standard library, of which only the
//! head is read, which tells a profile from others; the rest is read when a profile is applied.

use std::sync::OnceLock;

use crate::source::FileId;
use crate::syntax::{self, ast};
use crate::{Parsed, hir, stdlib};

/// A profile of the standard library, and what stands beside it.
#[derive(Debug)]
pub(crate) struct Known {
    file: FileId,
    text: &'static str,
    /// The profile's head.
    head: ast::File,
    /// What the analysis adds to it.
    added: Vec<ast::SchemaStatement>,
    whole: OnceLock<ast::File>,
}

impl Known {
    /// A profile with its text.
    pub(crate) fn new(file: FileId, text: &'static str) -> Known {
        let (head, _) = syntax::parse(file, stdlib::head(text));
        Known { file, text, head, added: Vec::new(), whole: OnceLock::new() }
    }

    /// All of its file.
    fn whole(&self) -> &ast::File {
        self.whole.get_or_init(|| {
            let (mut whole, _) = syntax::parse(self.file, self.text);
            let schemas =
                whole.blocks.iter_mut().filter_map(|b| if let ast::Block::Schema(s) = b { Some(s) } else { None });
            for schema in schemas {
                schema.statements.extend(self.added.iter().cloned());
            }
            whole
        })
    }
}

/// The schema blocks of files.
fn schemas<'a>(files: impl IntoIterator<Item = &'a ast::File>) -> impl Iterator<Item = &'a ast::Schema> {
    let blocks = files.into_iter().flat_map(|f| &f.blocks);
    blocks.filter_map(|b| if let ast::Block::Schema(s) = b { Some(s) } else { None })
}

/// A `schema` block of the analysis that has the name of a known profile, and no collections of its own, adds to it: the
/// columns that an ntuple of one's own has beside those of the format.
pub(crate) fn extend(parsed: &mut Parsed) {
    let own: Vec<ast::Schema> = schemas(&parsed.files).filter(|s| extends(s)).cloned().collect();
    for schema in own {
        let known: Vec<&ast::Schema> = schemas(parsed.known.iter().map(|k| &k.head)).collect();
        let Some(file) = hir::schema::named(&schema.name.text, &known).map(|p| p.span.file) else { continue };
        for profile in parsed.known.iter_mut().filter(|k| k.file == file) {
            profile.added.extend(schema.statements.iter().cloned());
        }
    }
}

fn extends(schema: &ast::Schema) -> bool {
    let own = |s: &ast::SchemaStatement| {
        matches!(s, ast::SchemaStatement::Collection { .. } | ast::SchemaStatement::Detect { .. })
    };
    !schema.statements.iter().any(own)
}

impl Parsed {
    /// The schema profiles: those of the analysis first, then the standard library's, of which these are the heads.
    #[must_use]
    pub fn profiles(&self) -> Vec<&ast::Schema> {
        let known: Vec<&ast::Schema> = schemas(self.known.iter().map(|k| &k.head)).collect();
        let adds = |s: &&ast::Schema| extends(s) && hir::schema::named(&s.name.text, &known).is_some();
        schemas(&self.files).filter(|s| !adds(s)).chain(known.iter().copied()).collect()
    }

    /// All of a profile of which this may be the head.
    #[must_use]
    pub fn whole<'a>(&'a self, profile: &'a ast::Schema) -> &'a ast::Schema {
        let known = self.known.iter().find(|k| k.file == profile.span.file);
        known.and_then(|known| schemas([known.whole()]).next()).unwrap_or(profile)
    }

    /// All of the profile of this name.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&ast::Schema> {
        let found = self.profiles().into_iter().find(|p| p.name.text == name);
        found.map(|profile| self.whole(profile))
    }

    /// The functions of the standard library, and what stands beside the profile of this text.
    #[must_use]
    pub fn library(&self, profile: Option<FileId>) -> Vec<&ast::File> {
        let beside = self.known.iter().filter(|k| Some(k.file) == profile).map(Known::whole);
        self.functions.iter().chain(beside).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hir::schema::{names_of, trees};

    #[test]
    fn a_head_tells_all_that_tells_profiles_apart() {
        for (name, text) in stdlib::PROFILES {
            let (whole, messages) = syntax::parse(FileId(0), text);
            assert!(messages.is_empty(), "{name}: {messages:?}");
            let known = Known::new(FileId(0), text);
            let (head, whole) = (schemas([&known.head]).next().unwrap(), schemas([&whole]).next().unwrap());
            let detects = |schema: &ast::Schema| {
                let lines = schema.statements.iter().filter(|s| matches!(s, ast::SchemaStatement::Detect { .. }));
                lines.cloned().collect::<Vec<_>>()
            };
            assert_eq!(names_of(head), names_of(whole), "{name}");
            assert_eq!(trees(&[head]), trees(&[whole]), "{name}");
            assert_eq!((detects(head), head.span), (detects(whole), whole.span), "{name}");
            assert_eq!(schemas([known.whole()]).collect::<Vec<_>>(), [whole], "{name}: one schema in a file");
        }
    }

    #[test]
    fn only_the_profile_that_is_applied_is_read_as_a_whole() {
        let parsed = crate::parse("a.adl", "adl 2026\n", &mut |_, _| Err(String::new()));
        let delphes = parsed.profile("Delphes").unwrap();
        assert!(
            delphes.statements.len()
                > parsed.profiles().iter().find(|p| p.name == delphes.name).unwrap().statements.len()
        );
        let read = parsed.known.iter().filter(|k| k.whole.get().is_some()).count();
        assert_eq!(read, 1);
    }
}
