//! A histogram drawn in the terminal: block characters, 60 columns wide.

use super::uhi::mean;
use crate::histogram::{Axis, Content};
use crate::letters::LETTERS;
use crate::report::HistogramReport;

/// Columns of the drawing, labels of the vertical axis included.
const WIDTH: usize = 60;
/// Lines of the bars.
const HEIGHT: usize = 8;
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws a histogram of one axis: sums of weights (or the means of a profile) above 0, without flow, neighbouring bins
/// added where there are more than columns. One of several axes is only described.
#[must_use]
pub fn draw(region: &str, histogram: &HistogramReport) -> String {
    let contents = &histogram.contents;
    let mut text = format!("{region}/{}", histogram.name);
    if !histogram.title.is_empty() && histogram.title != histogram.name {
        text.push_str(&format!(": {}", plain(&histogram.title)));
    }
    text.push('\n');
    let [axis] = histogram.layout.axes.as_slice() else {
        let axes = histogram.layout.axes.len();
        text.push_str(&format!("  {} entries on {axes} axes\n", contents.entries));
        return text;
    };
    let flow = usize::from(axis.flow());
    let value = |bin: usize| match histogram.layout.content {
        Content::Weights => contents.weight(bin + flow),
        Content::Profile => mean(contents, bin + flow),
    };
    let bars = bars(&(0..axis.bins()).map(value).collect::<Vec<_>>(), histogram.layout.content);
    let top = bars.iter().copied().fold(0.0, f64::max);
    let label = short(top);
    let margin = label.chars().count() + 3;
    let repeat = ((WIDTH - margin) / bars.len().max(1)).max(1);
    for line in (0..HEIGHT).rev() {
        let name = if line == HEIGHT - 1 { label.as_str() } else { "" };
        let bar = |&value: &f64| {
            let eighths = if top > 0.0 { (value / top * (8 * HEIGHT) as f64).round().max(0.0) as usize } else { 0 };
            // What is there is visible.
            let eighths = if value > 0.0 { eighths.max(1) } else { eighths };
            BLOCKS[eighths.saturating_sub(8 * line).min(8)]
        };
        let drawn: String = bars.iter().flat_map(|value| std::iter::repeat_n(bar(value), repeat)).collect();
        let full = format!("  {name:>width$}│{drawn}", width = margin - 3);
        text.push_str(full.trim_end());
        text.push('\n');
    }
    let columns = bars.len() * repeat;
    text.push_str(&format!("  {:>width$}└{}\n", 0, "─".repeat(columns), width = margin - 3));
    text.push_str(&ends(axis, histogram.axis_title(0), margin, columns));
    let mut facts = vec![format!("{} entries", contents.entries)];
    if axis.flow() {
        let (below, above) = (contents.weight(0), contents.weight(axis.bins() + 1));
        facts.extend((below != 0.0).then(|| format!("{} below", short(below))));
        facts.extend((above != 0.0).then(|| format!("{} above", short(above))));
    }
    facts.extend((contents.missing > 0).then(|| format!("{} missing", contents.missing)));
    text.push_str(&format!("  {}\n", facts.join(", ")));
    text
}

/// The contents of at most as many bars as there are columns: groups of bins added, or averaged for means.
fn bars(values: &[f64], content: Content) -> Vec<f64> {
    let group = values.len().div_ceil(WIDTH - 12).max(1);
    let sum = |bins: &[f64]| bins.iter().sum::<f64>();
    let one = |bins: &[f64]| match content {
        Content::Weights => sum(bins),
        Content::Profile => sum(bins) / bins.len() as f64,
    };
    values.chunks(group).map(one).collect()
}

/// The line below the axis: its ends, and its title between them.
fn ends(axis: &Axis, title: &str, margin: usize, columns: usize) -> String {
    let (low, high) = match axis {
        Axis::Regular { low, high, .. } => (short(*low), short(*high)),
        Axis::Edges(edges) => {
            (edges.first().map_or(String::new(), |&e| short(e)), edges.last().map_or(String::new(), |&e| short(e)))
        }
        Axis::Labels(labels) => {
            (labels.first().cloned().unwrap_or_default(), labels.last().cloned().unwrap_or_default())
        }
    };
    let low = if matches!(axis, Axis::Labels(labels) if labels.len() == 1) { String::new() } else { low };
    let room = columns.saturating_sub(low.chars().count() + high.chars().count());
    let title: String = plain(title).chars().take(room.saturating_sub(2)).collect();
    format!("{:margin$}{low}{title:^room$}{high}\n", "")
}

/// A title without the marks of TLatex: `p_{T}(#mu#mu)` is pT(μμ).
fn plain(title: &str) -> String {
    let mut text = title.to_string();
    for (name, letter) in LETTERS {
        text = text.replace(&format!("#{name}"), letter);
    }
    text.replace("_{", "").replace("^{", "").replace(['{', '}'], "")
}

/// A number in few characters.
fn short(x: f64) -> String {
    let size = x.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{x:.2e}");
    }
    let text = format!("{x:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::{Contents, Layout};

    fn histogram(axis: Axis, counts: Vec<u64>) -> HistogramReport {
        let layout = Layout { axes: vec![axis], content: Content::Weights, weighted: false };
        let entries = counts.iter().sum();
        let contents = Contents { counts, entries, ..Contents::empty(&layout) };
        let axis_titles = vec!["pT [GeV]".to_string()];
        HistogramReport { name: "pt".to_string(), title: "jets".to_string(), axis_titles, layout, contents }
    }

    #[test]
    fn bars_are_as_high_as_their_bins() {
        let axis = Axis::Regular { bins: 4, low: 0.0, high: 200.0 };
        let text = draw("SR", &histogram(axis, vec![3, 8, 16, 1, 0, 1]));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "SR/pt: jets");
        assert_eq!(lines[1], format!("  16│{}{}", " ".repeat(13), "█".repeat(13)));
        assert_eq!(lines[8], format!("    │{}{}", "█".repeat(26), "▄".repeat(13)));
        assert_eq!(lines[9], format!("   0└{}", "─".repeat(52)));
        assert!(lines[10].starts_with("     0 ") && lines[10].ends_with("200") && lines[10].contains("pT [GeV]"));
        assert_eq!(lines[11], "  29 entries, 3 below, 1 above");
    }

    #[test]
    fn titles_are_plain() {
        let titles = ["p_{T}(#mu#mu) [GeV]", "#Delta#phi", "E_{T}^{miss}", "100%"].map(plain);
        assert_eq!(titles, ["pT(μμ) [GeV]", "Δφ", "ETmiss", "100%"]);
    }

    #[test]
    fn many_bins_and_none_fit() {
        for bins in [1, 59, 60, 61, 1000] {
            let axis = Axis::Regular { bins, low: -5.0, high: 5.0 };
            for count in [0, 123_456] {
                let text = draw("SR", &histogram(axis.clone(), vec![count; bins as usize + 2]));
                assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
                assert_eq!(text.lines().count(), 12);
            }
        }
    }
}
