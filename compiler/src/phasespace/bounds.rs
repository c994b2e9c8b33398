//! Bounds: what a number can be by how it is computed, whatever the event.

use std::collections::HashMap;
use std::f64::consts::{FRAC_PI_2, PI};

use adl_runtime::schema::ElementType;

use super::cell::{Cell, Coordinate};
use super::condition::Space;
use super::natural::Limited;
use super::set::{Edge, Set};
use crate::hir::{Binary, ColumnId, Expr, ExprId, Reduction, Ty, Unary};
use crate::plan::Intrinsic;

/// Expressions are followed this deep.
const DEPTH: u32 = 24;

/// The numbers of a cell, and what was computed from them.
struct Within<'c> {
    cell: &'c Cell,
    limited: Limited,
    known: HashMap<ExprId, Set>,
}

impl Space<'_> {
    /// What a number can be in a cell, its own limit there aside.
    fn bounds(&self, id: ExprId, within: &mut Within<'_>) -> Set {
        if self.natural.is_free_inside(id, within.limited) {
            return self.natural.set(id);
        }
        self.inside(id, within, DEPTH)
    }

    fn inside(&self, id: ExprId, within: &mut Within<'_>, depth: u32) -> Set {
        let Some(depth) = depth.checked_sub(1) else { return self.natural.set(id) };
        let set = self.computed(id, &mut |part| self.part(part, within, depth));
        if self.analysis.expr(id).ty == Ty::Int { set.integers() } else { set }
    }

    fn part(&self, id: ExprId, within: &mut Within<'_>, depth: u32) -> Set {
        if self.natural.is_free(id, within.limited) {
            return self.natural.set(id);
        }
        if let Some(known) = within.known.get(&id) {
            return known.clone();
        }
        let set = self.inside(id, within, depth);
        let set = match within.cell.ranges.get(&self.coordinate(id)) {
            Some(range) => range.set.and(&set),
            None => set,
        };
        within.known.insert(id, set.clone());
        set
    }

    /// What a number can be by what its parts can be.
    pub(super) fn computed(&self, id: ExprId, part: &mut dyn FnMut(ExprId) -> Set) -> Set {
        let mut of = |e: &ExprId| part(*e);
        let from = |x: f64| Set::above(Edge::before(x));
        match &self.analysis.expr(id).expr {
            Expr::Int(i) if i.unsigned_abs() < 1 << 53 => Set::point(*i as f64),
            Expr::Real(bits) if !f64::from_bits(*bits).is_nan() => Set::point(f64::from_bits(*bits)),
            Expr::Column(c) | Expr::Attribute(c, _) => self.stored(*c),
            Expr::Quantity(..) => self.plain(id).map_or(Set::all(), |body| of(&body)),
            Expr::Unary(op, x) => {
                let x = of(x);
                match op {
                    Unary::Neg => x.negative(),
                    Unary::Abs => x.or(&x.negative()).and(&from(0.0)),
                    Unary::Sqrt => x.and(&from(0.0)).map(f64::sqrt).widened().and(&from(0.0)),
                    Unary::Floor => {
                        x.hull().map_or(Set::none(), |(l, h)| Set::closed(l.value.floor(), h.value.floor()))
                    }
                    Unary::ToReal => x,
                }
            }
            Expr::Binary(op, a, b) => {
                let (x, y) = (of(a), of(b));
                self.arithmetic(*op, *a, *b, &x, &y)
            }
            Expr::Select(_, a, b) => of(a).or(&of(b)),
            Expr::Call(f, _) => match f {
                Intrinsic::Sin | Intrinsic::Cos | Intrinsic::Tanh => Set::closed(-1.0, 1.0).widened(),
                Intrinsic::Asin | Intrinsic::Atan => Set::closed(-FRAC_PI_2, FRAC_PI_2).widened(),
                Intrinsic::Acos => Set::closed(0.0, PI).widened(),
                Intrinsic::Atan2 | Intrinsic::Wrap => Set::closed(-PI, PI).widened(),
                Intrinsic::Exp | Intrinsic::Hypot => from(0.0),
                Intrinsic::Uniform => Set::from(Edge::before(0.0), Edge::before(1.0)),
                _ => Set::all(),
            },
            Expr::Reduce { op, body, .. } => match op {
                Reduction::Count => from(0.0),
                Reduction::Sum if of(body).and(&Set::below(Edge::before(0.0))).is_empty() => from(0.0),
                Reduction::Min => of(body).or(&Set::point(f64::INFINITY)),
                Reduction::Max => of(body).or(&Set::point(f64::NEG_INFINITY)),
                _ => Set::all(),
            },
            Expr::Size(_) => from(0.0),
            _ => Set::all(),
        }
    }

    /// What a column can hold by how it is stored.
    fn stored(&self, column: ColumnId) -> Set {
        match self.analysis.columns.get(column.0 as usize).map(|c| c.element) {
            Some(ElementType::U8) => Set::closed(0.0, 255.0),
            Some(ElementType::U16) => Set::closed(0.0, 65_535.0),
            Some(ElementType::U32) => Set::closed(0.0, 4_294_967_295.0),
            Some(ElementType::U64) => Set::above(Edge::before(0.0)),
            Some(ElementType::I8) => Set::closed(-128.0, 127.0),
            _ => Set::all(),
        }
    }

    fn arithmetic(&self, op: Binary, a: ExprId, b: ExprId, x: &Set, y: &Set) -> Set {
        let (Some((xl, xh)), Some((yl, yh))) = (x.hull(), y.hull()) else { return Set::none() };
        let (xl, xh, yl, yh) = (xl.value, xh.value, yl.value, yh.value);
        let around = |ends: &[f64]| {
            if ends.iter().any(|e| e.is_nan()) {
                return Set::all();
            }
            let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
            let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            Set::closed(low, high).widened()
        };
        match op {
            Binary::Add => around(&[xl + yl, xh + yh]),
            Binary::Sub => around(&[xl - yh, xh - yl]),
            // Products of integers wrap around.
            Binary::Mul if self.analysis.expr(a).ty == Ty::Int && [xl, xh, yl, yh].iter().any(|e| e.abs() > 1e9) => {
                Set::all()
            }
            Binary::Mul if a == b => Set::above(Edge::before(0.0)),
            Binary::Mul => {
                let both_positive = xl >= 0.0 && yl >= 0.0;
                let products = around(&[xl * yl, xl * yh, xh * yl, xh * yh]);
                if both_positive { products.and(&Set::above(Edge::before(0.0))) } else { products }
            }
            Binary::Div if xl >= 0.0 && yl > 0.0 => Set::above(Edge::before(0.0)),
            Binary::Div => Set::all(),
            Binary::Min => around(&[xl.min(yl), xh.min(yh)]),
            Binary::Max => around(&[xl.max(yl), xh.max(yh)]),
            Binary::Bit => Set::closed(0.0, 1.0),
            Binary::BitAnd | Binary::BitOr | Binary::ShiftLeft | Binary::ShiftRight => Set::all(),
        }
    }

    /// Takes from a cell what contradicts how its numbers are computed; false if nothing is left.
    pub(super) fn refine(&self, cell: &mut Cell) -> bool {
        let composed: Vec<Coordinate> = cell.ranges.keys().copied().filter(|c| self.is_composed(*c)).collect();
        if composed.is_empty() {
            return true;
        }
        let limited = self.natural.limited(cell);
        for coordinate in composed {
            let mut within = Within { cell, limited, known: HashMap::new() };
            let possible = match coordinate {
                Coordinate::Number(e) => self.bounds(e, &mut within),
                Coordinate::Order(a, b) => {
                    let x = self.part(a, &mut within, DEPTH);
                    signs(&x, &self.part(b, &mut within, DEPTH))
                }
                _ => continue,
            };
            let Some(range) = cell.ranges.get_mut(&coordinate) else { continue };
            range.set = range.set.and(&possible);
            if range.is_empty() {
                return false;
            }
        }
        true
    }

    fn is_composed(&self, coordinate: Coordinate) -> bool {
        match coordinate {
            Coordinate::Number(e) => {
                matches!(self.analysis.expr(e).expr, Expr::Binary(..) | Expr::Unary(..) | Expr::Select(..))
            }
            Coordinate::Order(..) => true,
            Coordinate::Size(_) | Coordinate::Text(_) | Coordinate::Passes(_) | Coordinate::Truth(_) => false,
        }
    }
}

/// The signs that x - y can have.
fn signs(x: &Set, y: &Set) -> Set {
    let (Some((xl, xh)), Some((yl, yh))) = (x.hull(), y.hull()) else { return Set::none() };
    let mut signs = Set::none();
    if xl.value < yh.value {
        signs = signs.or(&Set::point(-1.0));
    }
    if xh.value > yl.value {
        signs = signs.or(&Set::point(1.0));
    }
    if !x.and(y).is_empty() {
        signs = signs.or(&Set::point(0.0));
    }
    signs
}
