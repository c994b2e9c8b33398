//! What the columns of a file hold, in numbers: count, sum, minimum, maximum. Read by `adlc schema --stats`; no kernel.
//!
//! A column is read whole by one thread, in entry order, so that its sum does not depend on the number of threads.

use adl_root::Values as Slice;
use rayon::prelude::*;

use crate::progress::Progress;
use crate::reader::{FileReader, ReadError, Scratch};
use crate::schema::{ElementType, Shape};

/// A number of a column: whole for the integer types and bool, real for the floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Exact.
    Whole(i128),
    /// IEEE double precision.
    Real(f64),
}

/// The values of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// The number of values; those that are not finite included.
    pub count: u64,
    /// The sum of the finite values: exact for integers; for floats added up as f64, in entry order.
    pub sum: Number,
    /// The smallest and the largest finite value; none where there is no such value.
    pub range: Option<(Number, Number)>,
    /// How many values are NaN or infinite; in Parquet, null values too.
    pub non_finite: u64,
}

/// What is known of one column.
#[derive(Clone, Debug)]
pub enum Found {
    /// Its values.
    Values(Statistics),
    /// So many texts.
    Texts(u64),
    /// It is not read, and why.
    NotRead(String),
}

/// The statistics of every column, in the order of the schema.
///
/// # Errors
/// Damage in the file: that of the first column concerned.
pub fn of(reader: &dyn FileReader, progress: &Progress) -> Result<Vec<Found>, ReadError> {
    let columns = &reader.schema().columns;
    let found = columns.par_iter().enumerate().map_init(Scratch::default, |scratch, (number, column)| {
        // Lists more than two deep have segments too, though no analysis can use them.
        let has_segments = reader.borders(number).len() > 1;
        let found = match &column.shape {
            Shape::Unsupported(_) if reader.text_borders(number).len() > 1 => {
                of_texts(reader, number, scratch).map(Found::Texts)
            }
            Shape::Unsupported(why) if !has_segments => Ok(Found::NotRead(why.clone())),
            Shape::Unsupported(_) | Shape::Scalar | Shape::List | Shape::Lists => {
                of_column(reader, number, column.element, scratch).map(Found::Values)
            }
        };
        progress.advance(1);
        found
    });
    let found: Vec<Result<Found, ReadError>> = found.collect();
    found.into_iter().collect()
}

fn of_texts(reader: &dyn FileReader, column: usize, scratch: &mut Scratch) -> Result<u64, ReadError> {
    let segments = 0..reader.text_borders(column).len().saturating_sub(1);
    segments.map(|segment| Ok(reader.texts(column, segment, scratch)?.len() as u64)).sum()
}

fn of_column(
    reader: &dyn FileReader,
    column: usize,
    element: ElementType,
    scratch: &mut Scratch,
) -> Result<Statistics, ReadError> {
    let (mut whole, mut real) = (Whole::default(), Real::default());
    for segment in 0..reader.borders(column).len().saturating_sub(1) {
        let segment = reader.decode(column, segment, scratch)?;
        match segment.values() {
            Slice::Bool(v) | Slice::U8(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::I8(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::I16(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::U16(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::I32(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::U32(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::I64(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::U64(v) => whole.add(v.iter().map(|x| i128::from(*x))),
            Slice::F32(v) => real.add(v.iter().map(|x| f64::from(*x))),
            Slice::F64(v) => real.add(v.iter().copied()),
        }
    }
    Ok(match element {
        ElementType::F32 | ElementType::F64 => Statistics {
            count: real.count,
            sum: Number::Real(real.sum),
            range: real.range.map(|(min, max)| (Number::Real(min), Number::Real(max))),
            non_finite: real.non_finite,
        },
        _ => Statistics {
            count: whole.count,
            sum: Number::Whole(whole.sum),
            range: whole.range.map(|(min, max)| (Number::Whole(min), Number::Whole(max))),
            non_finite: 0,
        },
    })
}

#[derive(Default)]
struct Whole {
    count: u64,
    sum: i128,
    range: Option<(i128, i128)>,
}

impl Whole {
    fn add(&mut self, values: impl Iterator<Item = i128>) {
        for x in values {
            self.count += 1;
            self.sum += x;
            let (min, max) = self.range.unwrap_or((x, x));
            self.range = Some((min.min(x), max.max(x)));
        }
    }
}

#[derive(Default)]
struct Real {
    count: u64,
    sum: f64,
    range: Option<(f64, f64)>,
    non_finite: u64,
}

impl Real {
    fn add(&mut self, values: impl Iterator<Item = f64>) {
        for x in values {
            self.count += 1;
            if !x.is_finite() {
                self.non_finite += 1;
                continue;
            }
            self.sum += x;
            let (min, max) = self.range.unwrap_or((x, x));
            self.range = Some((min.min(x), max.max(x)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_counted_apart() {
        let mut real = Real::default();
        real.add([1.5, f64::NAN, -2.0, f64::INFINITY].into_iter());
        assert_eq!((real.count, real.sum, real.range, real.non_finite), (4, -0.5, Some((-2.0, 1.5)), 2));
        let mut none = Real::default();
        none.add([f64::NAN].into_iter());
        assert_eq!((none.count, none.sum, none.range, none.non_finite), (1, 0.0, None, 1));
    }

    #[test]
    fn whole_numbers_are_added_exactly() {
        let mut whole = Whole::default();
        whole.add([i128::from(u64::MAX), i128::from(u64::MAX), -1].into_iter());
        assert_eq!(whole.sum, 2 * i128::from(u64::MAX) - 1);
        assert_eq!(whole.range, Some((-1, i128::from(u64::MAX))));
    }
}
