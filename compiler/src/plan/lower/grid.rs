//! The rows of a table as the cells of a grid: every range begins and ends at an edge, and the first row that holds a cell
//! is the row of the cell. `table` looks a cell up by its place on each axis, whatever the number of rows.

use crate::hir::Lookup;

/// Cells, at most; a table of rows that share few edges may be beyond.
const CELLS: usize = 1 << 16;
/// Cells of all rows together that are looked at, at most.
const WORK: usize = 1 << 22;
/// Rows below which the rows themselves are looked through.
const FEW: usize = 4;

/// A table as a grid.
pub(super) struct Grid {
    /// Per axis: its edges, increasing. A value is at the place that is the number of the edges that are not above it.
    pub(super) edges: Vec<Vec<f64>>,
    /// Per cell: the number of its row. Each axis has one place more than it has edges; the last axis changes fastest.
    pub(super) rows: Vec<Option<u32>>,
}

impl Grid {
    /// Of a table; none if it has few rows, or too many cells.
    pub(super) fn of(lookup: &Lookup) -> Option<Grid> {
        let axes = lookup.arguments.len();
        if lookup.rows.len() < FEW || lookup.rows.iter().any(|row| row.ranges.len() != axes) {
            return None;
        }
        let ranges = |axis: usize| lookup.rows.iter().filter_map(move |row| row.ranges.get(axis));
        let ends = |(low, high): &(u64, u64)| (edge(*low), above(*high, lookup.closed));
        let mut edges = Vec::with_capacity(axes);
        for axis in 0..axes {
            let mut all: Vec<f64> =
                ranges(axis).map(ends).flat_map(|(low, high)| [Some(low), high]).flatten().collect();
            if all.iter().any(|x| x.is_nan()) {
                return None;
            }
            all.sort_by(f64::total_cmp);
            all.dedup();
            edges.push(all);
        }
        let places: Vec<usize> = edges.iter().map(|e| e.len() + 1).collect();
        let cells = places.iter().try_fold(1_usize, |n, m| n.checked_mul(*m).filter(|n| *n <= CELLS))?;
        let mut rows = vec![None; cells];
        let mut work = 0;
        // The first row wins: it is written last.
        for (number, row) in lookup.rows.iter().enumerate().rev() {
            let spans: Vec<(usize, usize)> = row
                .ranges
                .iter()
                .zip(&edges)
                .map(|(range, edges)| {
                    let (low, high) = ends(range);
                    let place = |x: f64| edges.partition_point(|e| *e <= x);
                    // A value is inside from the place of the lower end up to before that of the upper one.
                    (place(low), high.map_or(edges.len() + 1, place))
                })
                .collect();
            work += spans.iter().map(|(from, to)| to.saturating_sub(*from)).product::<usize>();
            if work > WORK {
                return None;
            }
            fill(&mut rows, &places, &spans, Some(number as u32));
        }
        Some(Grid { edges, rows })
    }
}

/// A number as an edge: there is one zero.
fn edge(bits: u64) -> f64 {
    f64::from_bits(bits) + 0.0
}

/// The smallest number above a range that ends here; none if there is none.
fn above(high: u64, closed: bool) -> Option<f64> {
    let high = edge(high);
    if closed { (high < f64::INFINITY).then(|| edge(high.next_up().to_bits())) } else { Some(high) }
}

/// Sets the cells within these spans of places.
fn fill(rows: &mut [Option<u32>], places: &[usize], spans: &[(usize, usize)], row: Option<u32>) {
    let (Some((from, to)), Some((_, inner))) = (spans.first(), places.split_first()) else {
        rows.iter_mut().for_each(|cell| *cell = row);
        return;
    };
    let size = inner.iter().product();
    for slice in rows.chunks_mut(size).take(*to).skip(*from) {
        fill(slice, inner, &spans[1..], row);
    }
}
