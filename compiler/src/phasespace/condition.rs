//! Conditions to cells: where a condition is true, false, not true, not false. The last two hold what is missing, too.

use std::collections::HashMap;
use std::rc::Rc;

use super::alike;
use super::cell::{Cell, Cells, Coordinate, Range};
use super::natural::Natural;
use super::region::Left;
use super::set::{Edge, Set};
use crate::hir::{
    Analysis, Binary, CollectionId, Compare, Expr, ExprId, Object, QuantityBody, Reduction, RegionStep, Ty, Unary,
};
use crate::source::Sources;

/// What is asked of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Want {
    /// It is true.
    True,
    /// It is false.
    False,
    /// It is false or missing.
    NotTrue,
    /// It is true or missing.
    NotFalse,
}

impl Want {
    /// What is asked of `x` where this is asked of `not x`.
    fn of_operand(self) -> Want {
        match self {
            Want::True => Want::False,
            Want::False => Want::True,
            Want::NotTrue => Want::NotFalse,
            Want::NotFalse => Want::NotTrue,
        }
    }

    fn is_positive(self) -> bool {
        matches!(self, Want::True | Want::NotFalse)
    }

    fn missing(self) -> bool {
        matches!(self, Want::NotTrue | Want::NotFalse)
    }
}

/// The phase space of an analysis: its conditions as cells, its quantities by name.
pub struct Space<'a> {
    /// The analysis.
    pub analysis: &'a Analysis,
    pub(super) sources: &'a Sources,
    /// For each expression the first one that means the same.
    first: Vec<ExprId>,
    pub(super) natural: Natural,
    cache: HashMap<(ExprId, Want), Rc<Cells>>,
    /// What is left after cuts, one after the other: of the cuts before, and one more.
    pub(super) after: HashMap<(usize, ExprId, bool), Left>,
    pub(super) names: HashMap<Coordinate, String>,
    /// The signs with which the comparison that an order is called by is true.
    pub(super) orders: HashMap<Coordinate, Set>,
    texts: Vec<String>,
    /// Cells that were combined: what the analysis cost.
    pub steps: u64,
}

impl<'a> Space<'a> {
    /// The phase space of an analysis.
    #[must_use]
    pub fn new(analysis: &'a Analysis, sources: &'a Sources) -> Space<'a> {
        let mut space = Space {
            analysis,
            sources,
            first: alike::first_alike(analysis),
            natural: Natural::default(),
            cache: HashMap::new(),
            after: HashMap::new(),
            names: HashMap::new(),
            orders: HashMap::new(),
            texts: Vec::new(),
            steps: 0,
        };
        space.natural = space.all_natural();
        space
    }

    /// Where a condition is as asked.
    pub fn cells(&mut self, id: ExprId, want: Want) -> Rc<Cells> {
        let id = self.alike(id);
        if let Some(known) = self.cache.get(&(id, want)) {
            return known.clone();
        }
        let cells = Rc::new(self.condition(id, want));
        self.cache.insert((id, want), cells.clone());
        cells
    }

    /// What holds in both.
    pub fn both(&mut self, a: &Cells, b: &Cells) -> Cells {
        let mut both = Cells { cells: Vec::new(), is_coarse: a.is_coarse || b.is_coarse };
        for x in &a.cells {
            for y in &b.cells {
                self.steps += 1;
                if let Some(mut cell) = x.and(y)
                    && self.refine(&mut cell)
                {
                    both.push(cell);
                }
            }
        }
        both
    }

    /// Where a number is in a set.
    pub fn number_in(&mut self, id: ExprId, set: Set) -> Cells {
        self.limited(id, set, Want::True, None)
    }

    /// False if a cell contradicts how its numbers are computed.
    #[must_use]
    pub fn is_possible(&self, cell: &mut Cell) -> bool {
        self.refine(cell)
    }

    /// The body of a define of the event.
    #[must_use]
    pub fn body(&self, id: ExprId) -> Option<ExprId> {
        self.plain(id)
    }

    /// An expression without the names of defines and conversions around it.
    #[must_use]
    pub fn body_of(&self, id: ExprId) -> ExprId {
        self.unwrapped(id)
    }

    /// The value of a number that is the same in all events.
    #[must_use]
    pub fn number(&self, id: ExprId) -> Option<f64> {
        self.constant(id)
    }

    /// The elements, collection and position, without which an expression has no value.
    #[must_use]
    pub fn elements_needed(&self, id: ExprId) -> Vec<(CollectionId, i64)> {
        self.needs(id)
    }

    /// The number of elements of a collection as a quantity.
    #[must_use]
    pub fn size_coordinate(&self, collection: CollectionId) -> Coordinate {
        Coordinate::Size(self.sized_as(collection))
    }

    /// The collection whose size an expression is.
    #[must_use]
    pub fn size_of(&self, id: ExprId) -> Option<CollectionId> {
        match self.coordinate(id) {
            Coordinate::Size(c) => Some(c),
            _ => None,
        }
    }

    /// What a quantity can be in any event.
    #[must_use]
    pub fn natural(&self, coordinate: Coordinate) -> Set {
        match coordinate {
            Coordinate::Number(e) => self.natural.set(e),
            Coordinate::Size(_) => Set::above(Edge::before(0.0)),
            Coordinate::Truth(_) | Coordinate::Passes(_) => Set::closed(0.0, 1.0),
            Coordinate::Text(_) | Coordinate::Order(..) => Set::all(),
        }
    }

    fn condition(&mut self, id: ExprId, want: Want) -> Cells {
        match &self.analysis.expr(id).expr {
            Expr::Bool(value) => {
                if *value == want.is_positive() {
                    Cells::all()
                } else {
                    Cells::none()
                }
            }
            Expr::And(a, b) => self.junction(*a, *b, want, want.is_positive()),
            Expr::Or(a, b) => self.junction(*a, *b, want, !want.is_positive()),
            Expr::Not(x) => (*self.cells(*x, want.of_operand())).clone(),
            Expr::NotTrue(x) => {
                let of = if want.is_positive() { Want::NotTrue } else { Want::True };
                (*self.cells(*x, of)).clone()
            }
            Expr::Select(c, a, b) => {
                let (c, a, b) = (*c, *a, *b);
                let (yes, no) = (self.cells(c, Want::True), self.cells(c, Want::NotTrue));
                let (a, b) = (self.cells(a, want), self.cells(b, want));
                let (first, second) = (self.both(&yes, &a), self.both(&no, &b));
                let mut all = first.or(&second);
                if want.missing() {
                    let open = self.cells(c, Want::NotFalse);
                    all = all.or(&self.both(&no, &open));
                }
                all
            }
            Expr::Quantity(..) => match self.plain(id) {
                Some(body) => (*self.cells(body, want)).clone(),
                None => self.truth(id, want),
            },
            Expr::Compare(op, a, b) => self.comparison(id, *op, *a, *b, want),
            Expr::Defined(x) => self.defined(*x, want),
            Expr::Present(object) => self.present(id, *object, want),
            Expr::Passes(region) => self.passes(*region, want),
            Expr::Reduce { op, over, .. } => {
                let cells = self.truth(id, want);
                // Something that holds for one element, or fails for one, needs an element.
                let needs = matches!((op, want), (Reduction::Any, Want::True) | (Reduction::All, Want::False));
                match over.first().filter(|_| needs) {
                    Some((_, c)) if self.analysis.collection(*c).free.is_empty() => self.with_size(cells, *c, 1.0),
                    _ => cells,
                }
            }
            Expr::Contains(collection, _) if want == Want::True => {
                let cells = self.truth(id, want);
                if self.analysis.collection(*collection).free.is_empty() {
                    self.with_size(cells, *collection, 1.0)
                } else {
                    cells
                }
            }
            _ => self.truth(id, want),
        }
    }

    fn junction(&mut self, a: ExprId, b: ExprId, want: Want, both: bool) -> Cells {
        let (a, b) = (self.cells(a, want), self.cells(b, want));
        if both { self.both(&a, &b) } else { a.or(&b) }
    }

    /// A condition that is not looked into.
    fn truth(&mut self, id: ExprId, want: Want) -> Cells {
        let set = Set::point(if want.is_positive() { 1.0 } else { 0.0 });
        let coordinate = Coordinate::Truth(id);
        self.name_it(coordinate, id, None);
        Cells::one(Cell::of(coordinate, Range { set, missing: want.missing() }))
    }

    fn passes(&mut self, region: crate::hir::RegionId, want: Want) -> Cells {
        let coordinate = Coordinate::Passes(region);
        let set = Set::point(if want.is_positive() { 1.0 } else { 0.0 });
        let Some(passed) = self.analysis.regions.get(region.0 as usize) else { return Cells::all() };
        self.names.entry(coordinate).or_insert_with(|| passed.name.clone());
        let mut cells = Cells::one(Cell::of(coordinate, Range { set, missing: false }));
        let mut outside = Cells::none();
        for step in &passed.steps {
            let RegionStep::Cut { condition, reject, .. } = step else { continue };
            let row = self.row(*condition, *reject, want.is_positive());
            if want.is_positive() {
                cells = self.both(&cells, &row);
            } else {
                outside = outside.or(&row);
            }
        }
        if want.is_positive() { cells } else { self.both(&cells, &outside) }
    }

    /// Where events pass a row, or do not.
    pub fn row(&mut self, condition: ExprId, reject: bool, pass: bool) -> Rc<Cells> {
        let want = if pass == reject { Want::NotTrue } else { Want::True };
        self.cells(condition, want)
    }

    /// `defined(x)`
    fn defined(&mut self, x: ExprId, want: Want) -> Cells {
        let coordinate = match self.analysis.expr(x).ty {
            Ty::Int | Ty::Real => self.coordinate(x),
            Ty::Text => Coordinate::Text(self.unwrapped(x)),
            Ty::Bool => Coordinate::Truth(self.unwrapped(x)),
        };
        self.name_it(coordinate, x, None);
        if want.is_positive() {
            let set = if self.analysis.expr(x).ty == Ty::Bool { Set::closed(0.0, 1.0) } else { Set::all() };
            let cells = Cells::one(Cell::of(coordinate, Range { set, missing: false }));
            return self.with_needs(cells, &self.needs(x));
        }
        if matches!(coordinate, Coordinate::Size(_)) {
            return Cells::none();
        }
        Cells::one(Cell::of(coordinate, Range { set: Set::none(), missing: true }))
    }

    /// `defined(jets[1])`, `defined(Z)`
    fn present(&mut self, id: ExprId, object: crate::hir::ObjectId, want: Want) -> Cells {
        let needs = self.elements(object);
        if let (Object::At(..), [(collection, index)]) = (&self.analysis.object(object).object, needs.as_slice()) {
            let (collection, edge) = (self.sized_as(*collection), Edge::before(*index as f64 + 1.0));
            let set = if want.is_positive() { Set::above(edge) } else { Set::below(edge) };
            return self.size(collection, &set);
        }
        let cells = self.truth(id, want);
        if want == Want::True { self.with_needs(cells, &needs) } else { cells }
    }

    /// Cells that also need these elements.
    fn with_needs(&mut self, cells: Cells, needs: &[(CollectionId, i64)]) -> Cells {
        needs.iter().fold(cells, |cells, (c, i)| self.with_size(cells, *c, *i as f64 + 1.0))
    }

    fn with_size(&mut self, cells: Cells, collection: CollectionId, count: f64) -> Cells {
        let sizes = self.size(collection, &Set::above(Edge::before(count)));
        self.both(&cells, &sizes)
    }

    /// The number of elements of a collection is in a set: with what that says about the collections it is made from.
    fn size(&mut self, collection: CollectionId, set: &Set) -> Cells {
        let mut cell = Cell::default();
        let mut open = vec![(self.sized_as(collection), set.and(&Set::above(Edge::before(0.0))).integers())];
        while let Some((c, set)) = open.pop() {
            let coordinate = Coordinate::Size(c);
            self.names.entry(coordinate).or_insert_with(|| format!("size({})", self.analysis.collection(c).name));
            if !cell.limit(coordinate, &Range { set: set.clone(), missing: false }) {
                return Cells::none();
            }
            let Some((low, high)) = set.hull() else { return Cells::none() };
            for (of, count) in self.larger(c, low.value) {
                if count > 0.0 {
                    open.push((self.sized_as(of), Set::above(Edge::before(count))));
                }
            }
            if high.value.is_finite() {
                for of in self.smaller(c) {
                    open.push((self.sized_as(of), Set::closed(0.0, high.value)));
                }
            }
        }
        Cells::one(cell)
    }

    fn comparison(&mut self, id: ExprId, op: Compare, a: ExprId, b: ExprId, want: Want) -> Cells {
        let ty = self.analysis.expr(a).ty;
        match ty {
            Ty::Text => return self.texts(id, op, a, b, want),
            Ty::Bool => {
                if want.missing() || !matches!(op, Compare::Eq | Compare::Ne) {
                    return Cells::all();
                }
                let equal = (op == Compare::Eq) == want.is_positive();
                let (at, af) = (self.cells(a, Want::True), self.cells(a, Want::False));
                let (bt, bf) = (self.cells(b, Want::True), self.cells(b, Want::False));
                let (bt, bf) = if equal { (bt, bf) } else { (bf, bt) };
                let (first, second) = (self.both(&at, &bt), self.both(&af, &bf));
                return first.or(&second);
            }
            Ty::Int | Ty::Real => {}
        }
        let holds = |x: f64, y: f64| match op {
            Compare::Lt => x < y,
            Compare::Le => x <= y,
            Compare::Eq => x == y,
            Compare::Ne => x != y,
        };
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => {
                if holds(x, y) == want.is_positive() {
                    Cells::all()
                } else {
                    Cells::none()
                }
            }
            (None, Some(x)) => {
                let set = match op {
                    Compare::Lt => Set::below(Edge::before(x)),
                    Compare::Le => Set::below(Edge::after(x)),
                    Compare::Eq => Set::point(x),
                    Compare::Ne => Set::point(x).not(),
                };
                self.limited(a, set, want, Some((id, false)))
            }
            (Some(x), None) => {
                let set = match op {
                    Compare::Lt => Set::above(Edge::after(x)),
                    Compare::Le => Set::above(Edge::before(x)),
                    Compare::Eq => Set::point(x),
                    Compare::Ne => Set::point(x).not(),
                };
                self.limited(b, set, want, Some((id, true)))
            }
            (None, None) => {
                let (x, y) = (self.unwrapped(a), self.unwrapped(b));
                let turned = y < x;
                let signs = match op {
                    Compare::Lt => Set::point(-1.0),
                    Compare::Le => Set::closed(-1.0, 0.0),
                    Compare::Eq => Set::point(0.0),
                    Compare::Ne => Set::point(0.0).not(),
                };
                let signs = if turned { signs.negative() } else { signs };
                let holding = signs.clone();
                let signs = if want.is_positive() { signs } else { signs.not() };
                let signs = signs.and(&Set::closed(-1.0, 1.0)).integers();
                let coordinate = if turned { Coordinate::Order(y, x) } else { Coordinate::Order(x, y) };
                self.name_it(coordinate, id, None);
                self.orders.entry(coordinate).or_insert(holding);
                let mut cell = Cell::of(coordinate, Range { set: signs, missing: want.missing() });
                if !self.refine(&mut cell) {
                    return Cells::none();
                }
                let cells = Cells::one(cell);
                if want.missing() {
                    return cells;
                }
                let needs: Vec<_> = self.needs(a).into_iter().chain(self.needs(b)).collect();
                self.with_needs(cells, &needs)
            }
        }
    }

    fn texts(&mut self, id: ExprId, op: Compare, a: ExprId, b: ExprId, want: Want) -> Cells {
        let literal = |e: ExprId| match &self.analysis.expr(self.unwrapped(e)).expr {
            Expr::Text(t) => Some(t.clone()),
            _ => None,
        };
        let (value, text) = match (literal(a), literal(b)) {
            (None, Some(text)) => (a, text),
            (Some(text), None) => (b, text),
            (Some(x), Some(y)) => {
                let holds = (x == y) == (op == Compare::Eq);
                return if holds == want.is_positive() { Cells::all() } else { Cells::none() };
            }
            (None, None) => return self.truth(id, want),
        };
        let known = self.texts.iter().position(|t| *t == text);
        let code = known.unwrap_or_else(|| {
            self.texts.push(text);
            self.texts.len() - 1
        });
        let set = Set::point(code as f64);
        let set = if (op == Compare::Eq) == want.is_positive() { set } else { set.not() };
        let coordinate = Coordinate::Text(self.unwrapped(value));
        self.name_it(coordinate, value, None);
        Cells::one(Cell::of(coordinate, Range { set, missing: want.missing() }))
    }

    /// The string that a number of a text coordinate stands for.
    #[must_use]
    pub fn text_of(&self, code: f64) -> &str {
        self.texts.get(code as usize).map_or("another", String::as_str)
    }

    /// A number is in a set. `said` is the comparison that says so, and whether the number stands on its right.
    pub(super) fn limited(&mut self, id: ExprId, set: Set, want: Want, said: Option<(ExprId, bool)>) -> Cells {
        let set = if want.is_positive() { set } else { set.not() };
        let mut cell = Cell::default();
        let mut now = (self.unwrapped(id), set);
        let mut said = said;
        loop {
            let (e, set) = now;
            let node = self.analysis.expr(e);
            let set = if node.ty == Ty::Int { set.integers() } else { set };
            if let Expr::Size(c) = node.expr {
                let (sizes, first) = (self.size(c, &set), Cells::one(cell));
                let both = self.both(&first, &sizes);
                return if want.missing() { both } else { self.with_needs(both, &self.needs(id)) };
            }
            let inner = self.inverse(e, &set);
            // Exact steps, such as a sign, need no coordinate of their own, if what is inside has a name.
            if let Some((inside, inner_set, true)) = &inner
                && (self.analysis.expr(*inside).ty == Ty::Int || self.is_written(*inside))
            {
                now = (self.unwrapped(*inside), inner_set.clone());
                said = None;
                continue;
            }
            let coordinate = Coordinate::Number(e);
            self.name_it(coordinate, if cell.ranges.is_empty() { id } else { e }, said);
            let possible = self.natural.set(e);
            let missing = want.missing() && self.can_be_missing(e);
            if !cell.limit(coordinate, &Range { set: set.and(&possible), missing }) {
                return Cells::none();
            }
            said = None;
            match inner {
                Some((inside, inner_set, _)) => now = (self.unwrapped(inside), inner_set),
                None => break,
            }
        }
        let cells = Cells::one(cell);
        if want.missing() { cells } else { self.with_needs(cells, &self.needs(id)) }
    }

    /// The number inside of an expression, what it can be if the expression is in the set, and whether that is exact.
    fn inverse(&self, id: ExprId, set: &Set) -> Option<(ExprId, Set, bool)> {
        match &self.analysis.expr(id).expr {
            Expr::Unary(Unary::Neg, x) => Some((*x, set.negative(), true)),
            Expr::Unary(Unary::Abs, x) => {
                let positive = set.and(&Set::above(Edge::before(0.0)));
                Some((*x, positive.or(&positive.negative()), true))
            }
            Expr::Unary(Unary::ToReal, x) => Some((*x, set.clone(), true)),
            Expr::Binary(op, a, b) => {
                let (inside, number, left) = match (self.constant(*a), self.constant(*b)) {
                    (None, Some(y)) => (*a, y, true),
                    (Some(x), None) => (*b, x, false),
                    _ => return None,
                };
                if !number.is_finite() {
                    return None;
                }
                // Integers are exact as long as they are far from the largest.
                let is_int = self.analysis.expr(id).ty == Ty::Int;
                if is_int && number.abs() > 1e9 {
                    return None;
                }
                let inner = match (op, left) {
                    (Binary::Add, _) => set.map(|x| x - number),
                    (Binary::Sub, true) => set.map(|x| x + number),
                    (Binary::Sub, false) => set.negative().map(|x| x + number),
                    (Binary::Mul, _) if number > 0.0 => set.map(|x| x / number),
                    (Binary::Mul, _) if number < 0.0 => set.negative().map(|x| x / -number),
                    (Binary::Div, true) if number > 0.0 => set.map(|x| x * number),
                    (Binary::Div, true) if number < 0.0 => set.negative().map(|x| x * -number),
                    _ => return None,
                };
                Some((inside, if is_int { inner } else { inner.widened() }, false))
            }
            _ => None,
        }
    }

    /// The quantity that an expression stands for.
    pub(super) fn coordinate(&self, id: ExprId) -> Coordinate {
        let id = self.unwrapped(id);
        match self.analysis.expr(id).expr {
            Expr::Size(c) => Coordinate::Size(self.sized_as(c)),
            _ => Coordinate::Number(id),
        }
    }

    /// The first expression that means the same.
    fn alike(&self, id: ExprId) -> ExprId {
        self.first.get(id.0 as usize).copied().unwrap_or(id)
    }

    /// An expression without the names of defines and conversions around it.
    pub(super) fn unwrapped(&self, id: ExprId) -> ExprId {
        let mut id = self.alike(id);
        for _ in 0..1000 {
            id = match self.analysis.expr(id).expr {
                Expr::Unary(Unary::ToReal, x) => self.alike(x),
                Expr::Quantity(..) => match self.plain(id) {
                    Some(body) => self.alike(body),
                    None => return id,
                },
                _ => return id,
            };
        }
        id
    }

    /// The body of a define of the event.
    pub(super) fn plain(&self, id: ExprId) -> Option<ExprId> {
        let Expr::Quantity(q, arguments) = &self.analysis.expr(id).expr else { return None };
        if !arguments.is_empty() {
            return None;
        }
        match self.analysis.quantities.get(q.0 as usize)?.body {
            QuantityBody::Scalar(body) => Some(body),
            QuantityBody::Object(_) => None,
        }
    }

    /// The value of a number that is the same in all events.
    pub(super) fn constant(&self, id: ExprId) -> Option<f64> {
        self.constant_at(id, 24)
    }

    fn constant_at(&self, id: ExprId, depth: u32) -> Option<f64> {
        let depth = depth.checked_sub(1)?;
        let value = match &self.analysis.expr(id).expr {
            Expr::Int(i) if i.unsigned_abs() < 1 << 53 => *i as f64,
            Expr::Real(bits) => f64::from_bits(*bits),
            Expr::Quantity(..) => self.constant_at(self.plain(id)?, depth)?,
            Expr::Unary(Unary::Neg, x) => -self.constant_at(*x, depth)?,
            Expr::Unary(Unary::ToReal, x) => self.constant_at(*x, depth)?,
            Expr::Binary(op, a, b) if self.analysis.expr(id).ty == Ty::Real => {
                let (a, b) = (self.constant_at(*a, depth)?, self.constant_at(*b, depth)?);
                match op {
                    Binary::Add => a + b,
                    Binary::Sub => a - b,
                    Binary::Mul => a * b,
                    Binary::Div => a / b,
                    _ => return None,
                }
            }
            _ => return None,
        };
        (!value.is_nan()).then_some(value)
    }

    fn can_be_missing(&self, id: ExprId) -> bool {
        !matches!(self.analysis.expr(id).expr, Expr::Size(_) | Expr::Reduce { op: Reduction::Count, .. })
    }
}
