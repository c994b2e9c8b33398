//! Keywords: the reader, the grammar and the editors spell the same words.

use super::super::keyword::{BLOCKS, Keyword, Room, Words};
use super::super::parse;
use super::render;
use crate::source::FileId;
use std::collections::BTreeSet;

const GRAMMAR: &str = include_str!("../../../../grammar/adl.pest");
const README: &str = include_str!("../../../../grammar/README.md");
const VIM: &str = include_str!("../../../../editors/adl.vim");
const TEXTMATE: &str = include_str!("../../../../editors/adl.tmLanguage.json");

const ROOMS: &[(Room, &str)] = &[
    (Room::File, ""),
    (Room::Object, "object a\n  "),
    (Room::Composite, "composite a\n  "),
    (Room::Region, "region a\n  "),
    (Room::HistoList, "histoList a\n  "),
    (Room::Table, "table a\n  "),
    (Room::Schema, "schema a\n  "),
];

fn words_of(room: Room) -> Words {
    if room == Room::File { BLOCKS } else { room.words() }
}

/// Every word that begins a statement somewhere.
fn statement_words() -> BTreeSet<String> {
    ROOMS.iter().flat_map(|(room, _)| words_of(*room)).map(|(word, _)| word.to_lowercase()).collect()
}

/// The words of the grammar's rules `..._word`.
fn grammar_words() -> BTreeSet<String> {
    let rules = GRAMMAR.lines().filter(|l| l.contains("_word") && l.contains("= @{"));
    let mut words: BTreeSet<String> = rules
        .flat_map(|l| l.split("^\"").skip(1))
        .filter_map(|piece| piece.split('"').next())
        .map(str::to_owned)
        .collect();
    // Words of later versions have no rule yet.
    for (room, _) in ROOMS {
        let later = |k: &Keyword| matches!(k, Keyword::Later | Keyword::LaterBlock);
        words.extend(words_of(*room).iter().filter(|(_, k)| later(k)).map(|(w, _)| w.to_lowercase()));
    }
    words
}

#[test]
fn every_keyword_has_an_example_that_is_read() {
    for (room, header) in ROOMS {
        for (word, keyword) in words_of(*room) {
            let example = keyword.example();
            if example.is_empty() {
                continue;
            }
            let (_, rest) = example.split_once(' ').unwrap_or((example, ""));
            for word in [word.to_string(), word.to_uppercase()] {
                let text = format!("{header}{word} {rest}");
                let (_, messages) = parse(FileId(0), &text);
                assert!(messages.is_empty(), "{text}\n{}", render(&text, &messages));
            }
        }
    }
}

#[test]
fn the_grammar_has_the_keywords_of_the_reader() {
    let grammar = grammar_words();
    for word in statement_words() {
        assert!(grammar.contains(&word), "{word} has no rule");
    }
}

#[test]
fn the_editors_have_the_keywords_of_the_grammar() {
    let in_vim: BTreeSet<String> = VIM
        .lines()
        .filter_map(|l| l.strip_prefix("syntax keyword adl"))
        .flat_map(|l| l.split_whitespace().skip(1))
        .map(str::to_lowercase)
        .collect();
    let in_textmate: BTreeSet<String> = TEXTMATE
        .split("\\\\b(?i:")
        .skip(1)
        .filter_map(|piece| piece.split(')').next())
        .flat_map(|list| list.split('|'))
        .map(str::to_lowercase)
        .collect();
    assert_eq!(in_vim, grammar_words());
    assert_eq!(in_textmate, grammar_words());
}

#[test]
fn the_readme_names_every_keyword() {
    for word in grammar_words() {
        let named = README.to_lowercase();
        let ends = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        let found = named
            .match_indices(&word)
            .any(|(at, _)| ends(named[..at].chars().next_back()) && ends(named[at + word.len()..].chars().next()));
        assert!(found, "{word} is not in grammar/README.md");
    }
}
