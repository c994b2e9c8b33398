//! Many entries of a histogram at once, on one axis or two regular ones: their bins are found by vector instructions, then each is
//! added to its bin and to the statistics, in order.
//!
//! The compiler makes the vector instructions, once per instruction set, with the same results: every operation is one of
//! IEEE 754, and none is fused.

#![allow(unsafe_code)] // Functions for instruction sets, called where the processor has been asked for them.

use super::Touched;
use super::axis::{Edges, Many, NO_CELL, Regular};

/// Entries whose bins are found together: few enough that finding those of the next ones fills the time in which the sums
/// of these wait for each other.
pub(super) const STRETCH: usize = 64;

/// What entries without a weight are added to.
pub(super) struct Counts<'a> {
    pub(super) counts: &'a mut [u64],
    /// Of many bins, those that have an entry.
    pub(super) touched: Option<&'a mut Touched>,
    pub(super) sums: Sums,
}

/// What entries with a weight are added to.
pub(super) struct Weights<'a> {
    /// Per bin: the count, the sums of w and of w^2.
    pub(super) bins: &'a mut [[f64; 3]],
    pub(super) touched: &'a mut Touched,
    pub(super) sums: Sums,
}

/// The statistics of a single axis.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) w: f64,
    pub(super) w2: f64,
    pub(super) wx: f64,
    pub(super) wx2: f64,
    /// Entries that are NaN.
    pub(super) missing: u64,
}

/// What the entries of a profile are added to.
pub(super) struct Profiles<'a, const STRIDE: usize> {
    /// Per bin: the count, the sums of w and of w^2 if there are weights, of w y and of w y^2.
    pub(super) bins: &'a mut [[f64; STRIDE]],
    pub(super) touched: &'a mut Touched,
    /// The statistics: w, w^2, w x, w x^2, w y, w y^2.
    pub(super) sums: [f64; 6],
    /// Entries that are NaN, or have no finite quantity.
    pub(super) missing: u64,
}

/// What entries on two axes are added to, with or without a weight.
pub(super) struct Plane<'a> {
    /// Of entries without a weight.
    pub(super) counts: &'a mut [u64],
    /// Of entries with a weight, as in [`Weights`].
    pub(super) bins: &'a mut [[f64; 3]],
    pub(super) touched: Option<&'a mut Touched>,
    /// The statistics: w, w^2, w x, w x^2, w y, w y^2, w x y.
    pub(super) sums: [f64; 7],
    pub(super) missing: u64,
}

/// Defines a function as the same function compiled for several instruction sets, of which the best is called.
macro_rules! for_each_processor {
    ($name:ident, $same:ident, $avx512:ident, $avx2:ident, $axis:ty, $records:ty, $to:ty) => {
        pub(super) fn $name(axis: $axis, records: $records, to: &mut $to) {
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                    // SAFETY: the processor has these instructions.
                    return unsafe { $avx512(axis, records, to) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has these instructions.
                    return unsafe { $avx2(axis, records, to) };
                }
            }
            $same(axis, records, to);
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq")]
        fn $avx512(axis: $axis, records: $records, to: &mut $to) {
            $same(axis, records, to);
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn $avx2(axis: $axis, records: $records, to: &mut $to) {
            $same(axis, records, to);
        }
    };
}

for_each_processor!(count, count_as, count_avx512, count_avx2, &Regular, &[f64], Counts<'_>);
for_each_processor!(count_column, count_as, count_column_avx512, count_column_avx2, &Regular, &[f32], Counts<'_>);
for_each_processor!(weigh, weigh_as, weigh_avx512, weigh_avx2, &Regular, &[[f64; 2]], Weights<'_>);
for_each_processor!(count_edges, count_as, count_edges_avx512, count_edges_avx2, &Edges, &[f64], Counts<'_>);
for_each_processor!(
    count_edges_column,
    count_as,
    count_edges_column_avx512,
    count_edges_column_avx2,
    &Edges,
    &[f32],
    Counts<'_>
);
for_each_processor!(weigh_edges, weigh_as, weigh_edges_avx512, weigh_edges_avx2, &Edges, &[[f64; 2]], Weights<'_>);
for_each_processor!(profile, profile_as, profile_avx512, profile_avx2, &Regular, &[[f64; 2]], Profiles<'_, 3>);
for_each_processor!(
    weigh_profile,
    profile_as,
    weigh_profile_avx512,
    weigh_profile_avx2,
    &Regular,
    &[[f64; 3]],
    Profiles<'_, 5>
);
for_each_processor!(
    profile_edges,
    profile_as,
    profile_edges_avx512,
    profile_edges_avx2,
    &Edges,
    &[[f64; 2]],
    Profiles<'_, 3>
);
for_each_processor!(
    weigh_profile_edges,
    profile_as,
    weigh_profile_edges_avx512,
    weigh_profile_edges_avx2,
    &Edges,
    &[[f64; 3]],
    Profiles<'_, 5>
);
for_each_processor!(count_plane, plane_as, count_plane_avx512, count_plane_avx2, [&Regular; 2], &[[f64; 2]], Plane<'_>);
for_each_processor!(weigh_plane, plane_as, weigh_plane_avx512, weigh_plane_avx2, [&Regular; 2], &[[f64; 3]], Plane<'_>);

/// What is outside adds nothing to the statistics: 0, as these sums begin at +0 and never become -0.
#[inline(always)]
fn count_as<A: Many, T: Copy + Into<f64>>(axis: &A, values: &[T], to: &mut Counts<'_>) {
    let (mut cells, mut terms) = ([0; STRETCH], [0.0; STRETCH]);
    let mut sums = to.sums;
    let (mut all_inside, mut all_missing) = (0, 0);
    for values in values.chunks(STRETCH) {
        let (mut inside, mut missing) = (0_u64, 0_u64);
        let all = axis.find_all(values.iter().map(|&x| x.into()));
        for (at, ((&x, cell), term)) in values.iter().zip(&mut cells).zip(&mut terms).enumerate() {
            let x = x.into();
            let (found, is_inside) = axis.cell_of(&all, at, x);
            *cell = found;
            *term = if is_inside { x } else { 0.0 };
            inside += u64::from(is_inside);
            missing += u64::from(x.is_nan());
        }
        all_inside += inside;
        all_missing += missing;
        for (&cell, &x) in cells.iter().zip(&terms).take(values.len()) {
            if let Some(count) = to.counts.get_mut(cell as usize) {
                if *count == 0
                    && let Some(touched) = &mut to.touched
                {
                    touched.add(cell as usize);
                }
                *count += 1;
            }
            sums.wx += x;
            sums.wx2 += x * x;
        }
    }
    // As that many ones: whole numbers are exact.
    sums.w += all_inside as f64;
    sums.w2 += all_inside as f64;
    sums.missing += all_missing;
    to.sums = sums;
}

#[inline(always)]
fn weigh_as<A: Many>(axis: &A, records: &[[f64; 2]], to: &mut Weights<'_>) {
    let (mut cells, mut terms, mut weights) = ([0; STRETCH], [0.0; STRETCH], [0.0; STRETCH]);
    let mut sums = to.sums;
    for records in records.chunks(STRETCH) {
        let all = axis.find_all(records.iter().map(|&[x, _]| x));
        let places = cells.iter_mut().zip(&mut terms).zip(&mut weights);
        for (at, (&[x, w], ((cell, term), weight))) in records.iter().zip(places).enumerate() {
            let (found, is_inside) = axis.cell_of(&all, at, x);
            *cell = found;
            (*term, *weight) = if is_inside { (x, w) } else { (0.0, 0.0) };
            sums.missing += u64::from(found == NO_CELL);
        }
        for (((&[_, w], &cell), &x), &weight) in records.iter().zip(&cells).zip(&terms).zip(&weights) {
            if let Some([count, sum, squares]) = to.bins.get_mut(cell as usize) {
                if *count == 0.0 {
                    to.touched.add(cell as usize);
                }
                *count += 1.0;
                *sum += w;
                *squares += w * w;
            }
            sums.w += weight;
            sums.w2 += weight * weight;
            sums.wx += weight * x;
            sums.wx2 += weight * x * x;
        }
    }
    to.sums = sums;
}

/// Records of x, the profiled quantity and, if there are three numbers, the weight.
#[inline(always)]
fn profile_as<A: Many, const SIZE: usize, const STRIDE: usize>(
    axis: &A,
    records: &[[f64; SIZE]],
    to: &mut Profiles<'_, STRIDE>,
) {
    let (mut cells, mut terms) = ([0; STRETCH], [[0.0; STRETCH]; 3]);
    let [xs, ys, weights] = &mut terms;
    let [mut sum_w, mut sum_w2, mut wx, mut wx2, mut wy, mut wy2] = to.sums;
    for records in records.chunks(STRETCH) {
        let all = axis.find_all(records.iter().map(|record| record[0]));
        let places = cells.iter_mut().zip(&mut *xs).zip(ys.iter_mut().zip(&mut *weights));
        for (at, (record, ((cell, x), (y, weight)))) in records.iter().zip(places).enumerate() {
            let w = if SIZE == 3 { record[SIZE - 1] } else { 1.0 };
            let (found, is_inside) = axis.cell_of(&all, at, record[0]);
            let is_finite = record[1].is_finite();
            *cell = if is_finite { found } else { NO_CELL };
            (*x, *y, *weight) = if is_inside & is_finite { (record[0], record[1], w) } else { (0.0, 0.0, 0.0) };
            to.missing += u64::from(*cell == NO_CELL);
        }
        for (record, ((&cell, &x), (&y, &weight))) in
            records.iter().zip(cells.iter().zip(&*xs).zip(ys.iter().zip(&*weights)))
        {
            if let Some(sums) = to.bins.get_mut(cell as usize) {
                let w = if SIZE == 3 { record[SIZE - 1] } else { 1.0 };
                if sums[0] == 0.0 {
                    to.touched.add(cell as usize);
                }
                sums[0] += 1.0;
                if SIZE == 3 {
                    sums[1] += w;
                    sums[2] += w * w;
                }
                sums[STRIDE - 2] += w * record[1];
                sums[STRIDE - 1] += w * record[1] * record[1];
            }
            sum_w += weight;
            sum_w2 += weight * weight;
            wx += weight * x;
            wx2 += weight * x * x;
            wy += weight * y;
            wy2 += weight * y * y;
        }
    }
    to.sums = [sum_w, sum_w2, wx, wx2, wy, wy2];
}

/// Records of x, y and, if there are three numbers, the weight.
#[inline(always)]
fn plane_as<const SIZE: usize>(axes: [&Regular; 2], records: &[[f64; SIZE]], to: &mut Plane<'_>) {
    let (mut cells, mut terms) = ([0; STRETCH], [[0.0; STRETCH]; 3]);
    let [xs, ys, weights] = &mut terms;
    let [mut sum_w, mut sum_w2, mut wx, mut wx2, mut wy, mut wy2, mut wxy] = to.sums;
    let rows = axes[1].cells();
    for records in records.chunks(STRETCH) {
        let places = cells.iter_mut().zip(&mut *xs).zip(ys.iter_mut().zip(&mut *weights));
        for (record, ((cell, x), (y, weight))) in records.iter().zip(places) {
            let w = if SIZE == 3 { record[SIZE - 1] } else { 1.0 };
            let ((column, in_x), (row, in_y)) = (axes[0].cell(record[0]), axes[1].cell(record[1]));
            let is_missing = (column == NO_CELL) | (row == NO_CELL);
            *cell = if is_missing { NO_CELL } else { column.wrapping_mul(rows).wrapping_add(row) };
            let is_inside = in_x & in_y;
            (*x, *y, *weight) = if is_inside { (record[0], record[1], w) } else { (0.0, 0.0, 0.0) };
            to.missing += u64::from(is_missing);
        }
        for (record, ((&cell, &x), (&y, &weight))) in
            records.iter().zip(cells.iter().zip(&*xs).zip(ys.iter().zip(&*weights)))
        {
            let is_first = if SIZE == 3 {
                let w = record[SIZE - 1];
                to.bins.get_mut(cell as usize).is_some_and(|[count, sum, squares]| {
                    let before = *count;
                    *count += 1.0;
                    *sum += w;
                    *squares += w * w;
                    before == 0.0
                })
            } else {
                to.counts.get_mut(cell as usize).is_some_and(|count| {
                    *count += 1;
                    *count == 1
                })
            };
            if is_first && let Some(touched) = &mut to.touched {
                touched.add(cell as usize);
            }
            sum_w += weight;
            sum_w2 += weight * weight;
            wx += weight * x;
            wx2 += weight * x * x;
            wy += weight * y;
            wy2 += weight * y * y;
            wxy += weight * x * y;
        }
    }
    to.sums = [sum_w, sum_w2, wx, wx2, wy, wy2, wxy];
}
