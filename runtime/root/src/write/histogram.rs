//! Histograms and profiles as ROOT objects: the members of `TH1` version 8 and its descendants, in ROOT's order.
//!
//! Drawing attributes are those of a histogram made in ROOT 6 with the default style.

use std::ops::Range;

use super::buffer::Buffer;
use super::model::{Axis, Bins, Histogram, Profile};

/// `kMustCleanup`, which `TH1` sets in every histogram.
const MUST_CLEANUP: u32 = 1 << 3;
/// `TAxis::kAlphanumeric`: bins have labels.
const ALPHANUMERIC: u16 = 1 << 0;
/// `TAxis::kCanExtend`, without which `hadd` adds bins by position and not by label.
const CAN_EXTEND: u16 = 1 << 1;
/// `fMaximum` and `fMinimum` of a histogram without user limits.
const NO_LIMIT: f64 = -1111.0;
/// `TH1::EStatOverflows::kNeutral`: what the session says about flow in statistics holds.
const NEUTRAL: i32 = 2;
/// `kBlue + 2`, the line of the modern style.
const LINE_COLOR: i16 = 602;

/// What histograms and profiles share; for a profile `contents` is the sum of w v and `sumw2` the sum of w v^2.
struct Sums<'a> {
    name: &'a str,
    title: &'a str,
    axes: &'a [Axis],
    content_title: &'a str,
    contents: &'a [f64],
    sumw2: &'a [f64],
    entries: f64,
    stats: &'a [f64],
}

impl Sums<'_> {
    /// Some of the statistics; their number was checked.
    fn stats(&self, range: Range<usize>) -> &[f64] {
        self.stats.get(range).unwrap_or_default()
    }
}

/// Writes a checked histogram: `TH1D`, `TH2D` or `TH3D`.
pub(super) fn histogram(buffer: &mut Buffer, histogram: &Histogram) {
    buffer.reserve(16 * histogram.sumw.len() + 1024);
    let sums = Sums {
        name: &histogram.name,
        title: &histogram.title,
        axes: &histogram.axes,
        content_title: &histogram.content_title,
        contents: &histogram.sumw,
        sumw2: &histogram.sumw2,
        entries: histogram.entries,
        stats: &histogram.stats,
    };
    doubles(buffer, &sums);
}

/// Writes a checked profile: `TProfile` version 7, `TProfile2D` version 8 or `TProfile3D` version 8.
pub(super) fn profile(buffer: &mut Buffer, profile: &Profile) {
    buffer.reserve(32 * profile.sumw.len() + 1024);
    let sums = Sums {
        name: &profile.name,
        title: &profile.title,
        axes: &profile.axes,
        content_title: &profile.content_title,
        contents: &profile.sumwv,
        sumw2: &profile.sumwv2,
        entries: profile.entries,
        stats: &profile.stats,
    };
    let (version, value_stats) = match profile.axes.len() {
        1 => (7, 4),
        2 => (8, 7),
        _ => (8, 11),
    };
    buffer.versioned(version, |buffer| {
        doubles(buffer, &sums);
        buffer.array(&profile.sumw);
        // fErrorMode kERRORMEAN, and no limits of the value.
        buffer.i32s(&[0]);
        buffer.f64s(&[0.0, 0.0]);
        buffer.f64s(sums.stats(value_stats..value_stats + 2));
        buffer.array(&profile.sumw2);
    });
}

/// `TH1D` version 3, `TH2D` version 4 or `TH3D` version 4.
fn doubles(buffer: &mut Buffer, sums: &Sums<'_>) {
    match sums.axes.len() {
        1 => buffer.versioned(3, |buffer| {
            th1(buffer, sums);
            buffer.array(sums.contents);
        }),
        2 => buffer.versioned(4, |buffer| {
            buffer.versioned(5, |buffer| {
                th1(buffer, sums);
                // fScalefactor, then wy, wy2, wxy.
                buffer.f64s(&[1.0]);
                buffer.f64s(sums.stats(4..7));
            });
            buffer.array(sums.contents);
        }),
        _ => buffer.versioned(4, |buffer| {
            buffer.versioned(6, |buffer| {
                th1(buffer, sums);
                // TAtt3D has no members; then wy, wy2, wxy, wz, wz2, wxz, wyz.
                buffer.versioned(1, |_| {});
                buffer.f64s(sums.stats(4..11));
            });
            buffer.array(sums.contents);
        }),
    }
}

/// `TH1` version 8.
fn th1(buffer: &mut Buffer, sums: &Sums<'_>) {
    buffer.versioned(8, |buffer| {
        buffer.named(MUST_CLEANUP, sums.name, sums.title);
        // TAttLine: color, style, width.
        buffer.versioned(2, |buffer| {
            buffer.i16s(&[LINE_COLOR, 1, 1]);
        });
        // TAttFill: color, style.
        buffer.versioned(2, |buffer| {
            buffer.i16s(&[0, 1001]);
        });
        // TAttMarker: color, style, size.
        buffer.versioned(2, |buffer| {
            buffer.i16s(&[1, 1]);
            buffer.f32s(&[1.0]);
        });
        buffer.count(sums.contents.len());
        let content = Axis { title: sums.content_title.to_string(), bins: Bins::default() };
        let unused = Axis::default();
        // ROOT sets both bits once every bin has a label. But in three dimensions, where other axes have contents in
        // flow bins, its merging (6.40) then doubles the axis of labels.
        let label_bits = match sums.axes.len() {
            1 | 2 => ALPHANUMERIC | CAN_EXTEND,
            _ => ALPHANUMERIC,
        };
        let mut axes = sums.axes.iter().chain([&content, &unused, &unused]);
        for (name, title_offset) in [("xaxis", 1.0), ("yaxis", 0.0), ("zaxis", 1.0)] {
            let next = axes.next().unwrap_or(&unused);
            axis(buffer, name, title_offset, label_bits, next);
        }
        // fBarOffset, fBarWidth.
        buffer.i16s(&[0, 1000]);
        buffer.f64s(&[sums.entries]);
        buffer.f64s(sums.stats(0..4));
        // fMaximum, fMinimum, fNormFactor, fContour.
        buffer.f64s(&[NO_LIMIT, NO_LIMIT, 0.0]);
        buffer.array(&[]);
        buffer.array(sums.sumw2);
        // fOption, fFunctions.
        buffer.string("");
        list(buffer, &[]);
        // fBufferSize, fBuffer with the mark of a null pointer, fBinStatErrOpt, fStatOverflows.
        buffer.i32s(&[0]);
        buffer.u8(0);
        buffer.i32s(&[0, NEUTRAL]);
    });
}

/// `TAxis` version 10.
fn axis(buffer: &mut Buffer, name: &str, title_offset: f32, label_bits: u16, axis: &Axis) {
    let count = axis.bins.count();
    let (lo, hi, edges): (f64, f64, &[f64]) = match &axis.bins {
        Bins::Regular { lo, hi, .. } => (*lo, *hi, &[]),
        Bins::Edges(edges) => {
            let ends = edges.first().zip(edges.last());
            let (lo, hi) = ends.map_or((0.0, 0.0), |(lo, hi)| (*lo, *hi));
            (lo, hi, edges)
        }
        Bins::Labels(_) => (0.0, count as f64, &[]),
    };
    let labels: &[String] = match &axis.bins {
        Bins::Labels(labels) => labels,
        Bins::Regular { .. } | Bins::Edges(_) => &[],
    };
    buffer.versioned(10, |buffer| {
        buffer.named(0, name, &axis.title);
        // TAttAxis: divisions; colors of axis and labels, font of labels; offset and size of labels, length of ticks,
        // offset and size of the title; color and font of the title.
        buffer.versioned(4, |buffer| {
            buffer.i32s(&[510]);
            buffer.i16s(&[1, 1, 42]);
            buffer.f32s(&[0.005, 0.035, 0.03, title_offset, 0.035]);
            buffer.i16s(&[1, 42]);
        });
        buffer.count(count);
        buffer.f64s(&[lo, hi]);
        buffer.array(edges);
        // fFirst, fLast: no range is set.
        buffer.i32s(&[0, 0]);
        buffer.u16(if labels.is_empty() { 0 } else { label_bits });
        // fTimeDisplay, fTimeFormat.
        buffer.u8(0);
        buffer.string("");
        match labels {
            [] => buffer.u32(0),
            labels => buffer.pointer("THashList", |buffer| list(buffer, labels)),
        }
        // fModLabs.
        buffer.u32(0);
    });
}

/// A `TList` version 5 of `TObjString`, each with its place in the list, from 1, as `fUniqueID`: so `TAxis` finds the
/// bin of a label. A `THashList` has the same form.
fn list(buffer: &mut Buffer, texts: &[String]) {
    buffer.versioned(5, |buffer| {
        buffer.object(0, 0);
        buffer.string("");
        buffer.count(texts.len());
        for (text, bin) in texts.iter().zip(1..) {
            buffer.pointer("TObjString", |buffer| obj_string(buffer, bin, text));
            // The option with which the object is drawn.
            buffer.string("");
        }
    });
}

/// `TObjString` version 1.
pub(super) fn obj_string(buffer: &mut Buffer, unique_id: u32, text: &str) {
    buffer.versioned(1, |buffer| {
        buffer.object(unique_id, 0);
        buffer.string(text);
    });
}
