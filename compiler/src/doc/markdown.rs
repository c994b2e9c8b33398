//! A page of Markdown, with tables as GitHub and GitLab read them, and as they can be read without.

use super::Documented;
use super::content::{self, Notation, Piece, Table};
use super::escape;
use super::math::Style;

/// The page of an analysis.
pub(super) fn page(of: &Documented<'_>) -> String {
    let mut out = format!("# {}\n", escape::markdown(of.title().unwrap_or("Analysis")));
    for piece in content::pieces(of, Notation::new(Style::Text, of)) {
        out.push('\n');
        match piece {
            Piece::Heading(level, text) => out.push_str(&format!("{} {text}\n", "#".repeat(level + 1))),
            Piece::Text(text) => out.push_str(&format!("{text}\n")),
            Piece::Table(table) => write(&table, &mut out),
        }
    }
    out
}

/// A table, its columns as wide as their widest cells.
fn write(table: &Table, out: &mut String) {
    let cell = |lines: &Vec<String>| lines.join("<br>");
    let mut rows: Vec<Vec<String>> = vec![table.columns.iter().map(|c| c.title.clone()).collect()];
    rows.extend(table.rows.iter().map(|r| r.iter().map(cell).collect::<Vec<_>>()));
    let width = |i: usize| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(c, w)| format!("{c:w$}")).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
        if number == 0 {
            let rules: Vec<String> = table
                .columns
                .iter()
                .zip(&widths)
                .map(|(c, w)| if c.is_centred { format!(":{}:", "-".repeat(w - 2)) } else { "-".repeat(*w) })
                .collect();
            out.push_str(&format!("| {} |\n", rules.join(" | ")));
        }
    }
}
