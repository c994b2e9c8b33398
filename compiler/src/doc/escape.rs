//! Text in Markdown, LaTeX and SVG: what would be read as markup is escaped; the markup of ROOT titles is translated.

use adl_runtime::letters::LETTERS;

use super::math::Style;

/// Text of the analysis in LaTeX.
pub(super) fn latex(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str(r"\textbackslash{}"),
            '~' => out.push_str(r"\textasciitilde{}"),
            '^' => out.push_str(r"\textasciicircum{}"),
            '<' => out.push_str(r"\textless{}"),
            '>' => out.push_str(r"\textgreater{}"),
            '|' => out.push_str(r"\textbar{}"),
            '"' => out.push_str("''"),
            '{' | '}' | '$' | '&' | '#' | '_' | '%' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text of the analysis in Markdown. Underscores within words and `<` before a space mean nothing there, and stay.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (i, c) in letters.iter().copied().enumerate() {
        let before = i.checked_sub(1).and_then(|b| letters.get(b)).copied().unwrap_or(' ');
        let after = letters.get(i + 1).copied().unwrap_or(' ');
        let is_markup = match c {
            '\\' | '`' | '*' | '|' | '[' | ']' | '$' | '~' => true,
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            '#' => i == 0,
            _ => false,
        };
        match c {
            '&' if after.is_alphanumeric() || after == '#' => out.push_str("&amp;"),
            '<' if !after.is_whitespace() => out.push_str("&lt;"),
            c if c.is_control() => out.push(' '),
            c => {
                if is_markup {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}

/// A formula of Unicode text in a table of Markdown. Its brackets are intervals, not links.
pub(super) fn markdown_math(text: &str) -> String {
    markdown(text).replace("\\[", "[").replace("\\]", "]")
}

/// Text in SVG.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A title with ROOT's markup, `p_{T}(#mu#mu) [GeV]`, as text of a style.
pub(super) fn title(text: &str, style: Style) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        let greek = LETTERS.iter().filter(|(word, _)| c == '#' && after.starts_with(word)).max_by_key(|(w, _)| w.len());
        if let Some((word, letter)) = greek {
            match style {
                Style::Text => out.push_str(letter),
                Style::Latex => out.push_str(&format!("$\\{word}$")),
            }
            rest = after.get(word.len()..).unwrap_or("");
        } else if let Some((inner, behind)) =
            after.strip_prefix('{').filter(|_| matches!(c, '_' | '^')).and_then(|a| a.split_once('}'))
        {
            match style {
                Style::Text => out.push_str(&markdown(inner)),
                Style::Latex => out.push_str(&format!("${c}{{\\mathrm{{{}}}}}$", latex(inner))),
            }
            rest = behind;
        } else {
            let plain = after.find(['#', '_', '^']).map_or(rest.len(), |n| n + c.len_utf8());
            let (here, behind) = rest.split_at_checked(plain).unwrap_or((rest, ""));
            out.push_str(&if style == Style::Latex { latex(here) } else { markdown(here) });
            rest = behind;
        }
    }
    out
}
