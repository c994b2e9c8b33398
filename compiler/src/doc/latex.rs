//! A LaTeX document of the class `article`; its tables can be copied into a paper that uses `booktabs` and `amsmath`.

use super::Documented;
use super::content::{self, Notation, Piece, Table};
use super::escape;
use super::math::Style;

const BEGIN: &str = r"\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{array}
\setlength{\parindent}{0pt}
\setlength{\tabcolsep}{4pt}
\setlength{\emergencystretch}{2em}
";

/// The document of an analysis.
pub(super) fn document(of: &Documented<'_>) -> String {
    let mut out = BEGIN.to_owned();
    out.push_str(&format!("\\title{{{}}}\n", escape::latex(of.title().unwrap_or("Analysis"))));
    out.push_str("\\author{}\n\\date{}\n\\begin{document}\n\\maketitle\n\\small\n");
    for piece in content::pieces(of, Notation::new(Style::Latex, of)) {
        out.push('\n');
        match piece {
            Piece::Heading(1, text) => out.push_str(&format!("\\section*{{{text}}}\n")),
            Piece::Heading(_, text) => out.push_str(&format!("\\subsection*{{{text}}}\n")),
            Piece::Text(text) => out.push_str(&format!("{text}\n")),
            Piece::Table(table) => write(&table, &mut out),
        }
    }
    out.push_str("\n\\end{document}\n");
    out
}

fn write(table: &Table, out: &mut String) {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|c| match (c.share, c.is_centred) {
            (_, true) => "c".to_owned(),
            (0.0, false) => "l".to_owned(),
            (share, false) => format!(r">{{\raggedright\arraybackslash}}p{{{share}\linewidth}}"),
        })
        .collect();
    out.push_str(&format!("\\begin{{tabular}}{{{}}}\n\\toprule\n", columns.join("")));
    let titles: Vec<&str> = table.columns.iter().map(|c| c.title.as_str()).collect();
    if titles.iter().any(|t| !t.is_empty()) {
        out.push_str(&format!("{} \\\\\n\\midrule\n", titles.join(" & ")));
    }
    for row in &table.rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&table.columns)
            // Only a paragraph has lines.
            .map(|(lines, c)| lines.join(if c.share > 0.0 { r" \newline " } else { ", " }))
            .collect();
        let row = cells.join(" & ");
        // Behind the end of a row these would be read as its option.
        let guard = if row.starts_with(['[', '*']) { "{}" } else { "" };
        out.push_str(&format!("{guard}{row} \\\\\n"));
    }
    out.push_str("\\bottomrule\n\\end{tabular}\n\\medskip\n");
}
