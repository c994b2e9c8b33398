//! Smart constructors of values and lists: they fold constants and drop what changes nothing, by identities that keep
//! every bit.

use adl_runtime::math::Grouping;

use std::cmp::Ordering;

use super::dag::{
    Binary, CollectionId, Dag, InputId, Leaf, List, ListNode, Node, NumbersId, POSITION_MASK, Reduction, TAG_SHIFT, Ty,
    Unary, Value,
};
use super::intrinsic::Intrinsic;

/// What [`Node::Number`] gives, for the engines too.
#[must_use]
pub fn number_at(numbers: &[f64], at: u64) -> f64 {
    let last = numbers.len().saturating_sub(1);
    numbers.get(at as usize & last).copied().unwrap_or(f64::NAN)
}

impl Dag {
    /// A constant condition.
    pub fn bool(&mut self, value: bool) -> Value {
        self.add(Node::Bool(value))
    }

    /// A constant integer.
    pub fn int(&mut self, value: i64) -> Value {
        self.add(Node::Int(value))
    }

    /// A constant number. All NaNs are one.
    pub fn real(&mut self, value: f64) -> Value {
        let value = if value.is_nan() { f64::NAN } else { value };
        self.add(Node::Real(value.to_bits()))
    }

    /// An event's own column.
    pub fn column(&mut self, input: InputId) -> Value {
        self.add(Node::Column(input))
    }

    /// A collection's column at a position.
    pub fn load(&mut self, input: InputId, at: Value) -> Value {
        self.add(Node::Load { input, at })
    }

    /// One of some numbers.
    pub fn number(&mut self, of: NumbersId, at: Value) -> Value {
        match self.constant_int(at) {
            Some(at) => self.real(number_at(self.numbers(of), at as u64)),
            None => self.add(Node::Number { of, at }),
        }
    }

    /// A word of the current element of a loop.
    pub fn item(&mut self, list: List, depth: u8, word: u8) -> Value {
        self.add(Node::Item { list, depth, word })
    }

    /// The position of the current element of a loop.
    pub fn position(&mut self, list: List, depth: u8) -> Value {
        self.add(Node::Position { list, depth })
    }

    /// True if the value is a constant, of which no register is needed.
    #[must_use]
    pub fn is_constant(&self, value: Value) -> bool {
        matches!(self.node(value), Node::Bool(_) | Node::Int(_) | Node::Real(_))
    }

    /// True if the value is the constant `true`.
    #[must_use]
    pub fn is_true(&self, value: Value) -> bool {
        matches!(self.node(value), Node::Bool(true))
    }

    /// True if the value is the constant `false`.
    #[must_use]
    pub fn is_false(&self, value: Value) -> bool {
        matches!(self.node(value), Node::Bool(false))
    }

    pub(super) fn constant_real(&self, value: Value) -> Option<f64> {
        if let Node::Real(bits) = self.node(value) { Some(f64::from_bits(*bits)) } else { None }
    }

    fn constant_int(&self, value: Value) -> Option<i64> {
        if let Node::Int(i) = self.node(value) { Some(*i) } else { None }
    }

    /// Logical not.
    pub fn not(&mut self, of: Value) -> Value {
        match *self.node(of) {
            Node::Bool(b) => self.bool(!b),
            Node::Unary(Unary::Not, inner) => inner,
            _ => self.add(Node::Unary(Unary::Not, of)),
        }
    }

    /// Logical and.
    pub fn and(&mut self, a: Value, b: Value) -> Value {
        if self.is_true(a) || self.is_false(b) || a == b {
            return b;
        }
        if self.is_true(b) || self.is_false(a) {
            return a;
        }
        self.add(Node::Binary(Binary::And, a, b))
    }

    /// Logical or.
    pub fn or(&mut self, a: Value, b: Value) -> Value {
        if self.is_false(a) || self.is_true(b) || a == b {
            return b;
        }
        if self.is_false(b) || self.is_true(a) {
            return a;
        }
        let complements = self.not(a) == b || self.not(b) == a;
        if complements { self.bool(true) } else { self.add(Node::Binary(Binary::Or, a, b)) }
    }

    /// A prefix operation.
    pub fn unary(&mut self, op: Unary, of: Value) -> Value {
        match (op, self.node(of).clone()) {
            (Unary::Not, _) => self.not(of),
            (Unary::Neg, Node::Int(i)) => self.int(i.wrapping_neg()),
            (Unary::Abs, Node::Int(i)) => self.int(i.wrapping_abs()),
            (Unary::ToReal, Node::Int(i)) => self.real(i as f64),
            (Unary::ToInt, Node::Bool(b)) => self.int(i64::from(b)),
            (_, Node::Real(bits)) => {
                let x = f64::from_bits(bits);
                match op {
                    Unary::Neg => self.real(-x),
                    Unary::Abs => self.real(x.abs()),
                    Unary::Sqrt => self.real(x.sqrt()),
                    Unary::Floor => self.real(x.floor()),
                    Unary::IsNan => self.bool(x.is_nan()),
                    Unary::IsFinite => self.bool(x.is_finite()),
                    Unary::Not | Unary::ToReal | Unary::ToInt => self.add(Node::Unary(op, of)),
                }
            }
            (Unary::IsNan, Node::Unary(Unary::ToReal, _)) => self.bool(false),
            (Unary::IsFinite, Node::Unary(Unary::ToReal, _)) => self.bool(true),
            (Unary::Neg | Unary::Abs | Unary::Sqrt | Unary::Floor, Node::Select(..)) => match self.present(&[of]) {
                Some((present, inner)) => {
                    let inner = self.unary(op, inner[0]);
                    self.where_present(present, inner)
                }
                None => self.add(Node::Unary(op, of)),
            },
            _ => self.add(Node::Unary(op, of)),
        }
    }

    /// An operation on two values of one type.
    pub fn binary(&mut self, op: Binary, a: Value, b: Value) -> Value {
        match op {
            Binary::And => return self.and(a, b),
            Binary::Or => return self.or(a, b),
            _ => {}
        }
        if let (Some(x), Some(y)) = (self.constant_int(a), self.constant_int(b)) {
            return match op {
                Binary::Add => self.int(x.wrapping_add(y)),
                Binary::Sub => self.int(x.wrapping_sub(y)),
                Binary::Mul => self.int(x.wrapping_mul(y)),
                Binary::Lt => self.bool(x < y),
                Binary::Le => self.bool(x <= y),
                Binary::Eq => self.bool(x == y),
                Binary::Ne => self.bool(x != y),
                Binary::BitAnd => self.int(x & y),
                Binary::BitOr => self.int(x | y),
                Binary::Shl => self.int(x.wrapping_shl(y as u32)),
                Binary::Shr => self.int(x.wrapping_shr(y as u32)),
                Binary::Div | Binary::Min | Binary::Max | Binary::And | Binary::Or => self.add(Node::Binary(op, a, b)),
            };
        }
        if let (Some(x), Some(y)) = (self.constant_real(a), self.constant_real(b)) {
            let nan = x.is_nan() || y.is_nan();
            return match op {
                Binary::Add => self.real(x + y),
                Binary::Sub => self.real(x - y),
                Binary::Mul => self.real(x * y),
                Binary::Div => self.real(x / y),
                Binary::Lt => self.bool(x < y),
                Binary::Le => self.bool(x <= y),
                Binary::Eq => self.bool(x == y),
                // Not `x != y`, which is true of NaN.
                Binary::Ne => self.bool(x.partial_cmp(&y).is_some_and(Ordering::is_ne)),
                Binary::Min if nan => self.real(f64::NAN),
                Binary::Max if nan => self.real(f64::NAN),
                Binary::Min => self.real(if y < x { y } else { x }),
                Binary::Max => self.real(if y > x { y } else { x }),
                _ => self.add(Node::Binary(op, a, b)),
            };
        }
        let int = self.ty(a) == Ty::Int;
        let arithmetic =
            matches!(op, Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Min | Binary::Max);
        if arithmetic
            && !int
            && let Some((present, inner)) = self.present(&[a, b])
        {
            let inner = self.binary(op, inner[0], inner[1]);
            return self.where_present(present, inner);
        }
        if let Some(folded) = self.of_word(op, a, b) {
            return folded;
        }
        if let Some(rootless) = self.compare_root(op, a, b) {
            return rootless;
        }
        match op {
            Binary::Mul if !int && self.constant_real(b) == Some(1.0) => a,
            Binary::Mul if !int && self.constant_real(a) == Some(1.0) => b,
            Binary::Div if self.constant_real(b) == Some(1.0) => a,
            Binary::Mul if int && self.constant_int(b) == Some(1) => a,
            Binary::Mul if int && self.constant_int(a) == Some(1) => b,
            Binary::Mul if int && (self.constant_int(a) == Some(0) || self.constant_int(b) == Some(0)) => self.int(0),
            Binary::Add | Binary::Sub | Binary::Shr | Binary::Shl | Binary::BitOr
                if int && self.constant_int(b) == Some(0) =>
            {
                a
            }
            Binary::Add if int && self.constant_int(a) == Some(0) => b,
            Binary::Eq | Binary::Le if int && a == b => self.bool(true),
            Binary::Ne | Binary::Lt if int && a == b => self.bool(false),
            _ => self.add(Node::Binary(op, a, b)),
        }
    }

    /// The collection's number or the position of a word that points into one collection, which is known here.
    fn of_word(&mut self, op: Binary, word: Value, b: Value) -> Option<Value> {
        let (position, tag) = match *self.node(word) {
            Node::Binary(Binary::BitOr, position, tag) => (position, self.constant_int(tag)?),
            _ => (word, 0),
        };
        let leaf = match *self.node(position) {
            Node::Item { list, word, .. } | Node::At { list, word, .. } => self.leaves(list).get(word as usize),
            Node::Winner { best, word } => match *self.node(best) {
                Node::Best { over, .. } => self.leaves(over).get(word as usize),
                _ => None,
            },
            _ => None,
        };
        if !matches!(leaf, Some(Leaf::One(_))) || tag & POSITION_MASK != 0 {
            return None;
        }
        match (op, self.constant_int(b)?) {
            (Binary::Shr, TAG_SHIFT) => Some(self.int(tag >> TAG_SHIFT)),
            (Binary::BitAnd, POSITION_MASK) => Some(position),
            _ => None,
        }
    }

    /// `condition ? a : b`
    pub fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        if self.is_true(condition) || a == b {
            return a;
        }
        if self.is_false(condition) {
            return b;
        }
        if self.ty(a) == Ty::Bool {
            if self.is_true(a) && self.is_false(b) {
                return condition;
            }
            if self.is_false(a) && self.is_true(b) {
                return self.not(condition);
            }
            if self.is_false(b) {
                return self.and(condition, a);
            }
        }
        if let Node::Unary(Unary::Not, inner) = *self.node(condition) {
            return self.select(inner, b, a);
        }
        // Of a comparison with NaN neither it nor its opposite holds: what is chosen then is NaN anyway.
        if let Node::Select(opposite, other, none) = *self.node(b)
            && self.is_nan(none)
            && let Some(sides) = self.opposite_sides(condition, opposite)
            && sides.iter().all(|side| self.is_number(*side) || self.passes_nan(other, *side, 8))
        {
            return self.select(condition, a, other);
        }
        if let (Some((present, x)), Some((other, y))) = (self.guarded(a), self.guarded(b))
            && present == other
        {
            let condition = self.where_known(condition, present);
            let inner = self.select(condition, x, y);
            return self.where_present(present, inner);
        }
        match self.guarded(a) {
            Some((present, x)) if present == condition => self.select(condition, x, b),
            _ => self.add(Node::Select(condition, a, b)),
        }
    }

    pub(super) fn is_nan(&self, value: Value) -> bool {
        matches!(self.node(value), Node::Real(bits) if f64::from_bits(*bits).is_nan())
    }

    fn is_number(&self, value: Value) -> bool {
        matches!(self.node(value), Node::Real(bits) if !f64::from_bits(*bits).is_nan())
    }

    /// What two comparisons compare, if for numbers exactly one of them holds.
    fn opposite_sides(&self, one: Value, other: Value) -> Option<[Value; 2]> {
        match (self.node(one), self.node(other)) {
            (Node::Binary(Binary::Lt, a, b), Node::Binary(Binary::Le, c, d))
            | (Node::Binary(Binary::Le, a, b), Node::Binary(Binary::Lt, c, d))
                if (a, b) == (d, c) && self.ty(*a) == Ty::Real =>
            {
                Some([*a, *b])
            }
            _ => None,
        }
    }

    /// True if a value is NaN where an operand of it is, as far as is seen in so many steps.
    fn passes_nan(&self, value: Value, operand: Value, steps: u32) -> bool {
        if value == operand {
            return true;
        }
        let Some(steps) = steps.checked_sub(1) else { return false };
        match self.node(value) {
            Node::Unary(Unary::Neg | Unary::Abs | Unary::Sqrt | Unary::Floor, of) => {
                self.ty(*of) == Ty::Real && self.passes_nan(*of, operand, steps)
            }
            Node::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Div, a, b) => {
                self.ty(*a) == Ty::Real && (self.passes_nan(*a, operand, steps) || self.passes_nan(*b, operand, steps))
            }
            _ => false,
        }
    }

    /// A primitive function.
    pub fn call(&mut self, intrinsic: Intrinsic, arguments: Vec<Value>) -> Value {
        // `pow(x, 0)` is 1 whatever x is; the keys of random numbers are integers.
        let of_missing = !matches!(intrinsic, Intrinsic::Pow | Intrinsic::Mt2 | Intrinsic::Uniform | Intrinsic::Normal);
        if of_missing && let Some((present, inner)) = self.present(&arguments) {
            let inner = self.call(intrinsic, inner);
            return self.where_present(present, inner);
        }
        self.add(Node::Call(intrinsic, arguments))
    }

    /// Number of elements.
    pub fn size(&mut self, list: List) -> Value {
        match self.list(list) {
            ListNode::Sort { of, .. } => {
                let of = *of;
                self.size(of)
            }
            ListNode::Union(of) => {
                let of = of.clone();
                let mut sum = self.int(0);
                for list in of {
                    let size = self.size(list);
                    sum = self.binary(Binary::Add, sum, size);
                }
                sum
            }
            _ => self.add(Node::Size(list)),
        }
    }

    /// A word of the element at a position.
    pub fn at(&mut self, list: List, position: Value, word: u8) -> Value {
        self.add(Node::At { list, position, word })
    }

    /// A reduction.
    pub fn reduce(&mut self, op: Reduction, over: List, depth: u8, keep: Value, body: Value) -> Value {
        let neutral = match op {
            Reduction::Any => self.is_false(body),
            Reduction::All => self.is_true(body),
            Reduction::Count => self.is_false(body),
            Reduction::Sum | Reduction::Product | Reduction::Min | Reduction::Max => false,
        };
        if neutral || self.is_false(keep) {
            return match op {
                Reduction::Any => self.bool(false),
                Reduction::All => self.bool(true),
                Reduction::Count => self.int(0),
                Reduction::Sum if self.ty(body) == Ty::Int => self.int(0),
                Reduction::Sum => self.real(0.0),
                Reduction::Product if self.ty(body) == Ty::Int => self.int(1),
                Reduction::Product => self.real(1.0),
                Reduction::Min => self.real(f64::INFINITY),
                Reduction::Max => self.real(f64::NEG_INFINITY),
            };
        }
        if op == Reduction::Count && self.is_true(keep) && self.is_true(body) {
            return self.size(over);
        }
        if op == Reduction::Count && !self.is_true(body) {
            let keep = self.and(keep, body);
            let body = self.bool(true);
            return self.add(Node::Reduce { op, over, depth, keep, body });
        }
        self.add(Node::Reduce { op, over, depth, keep, body })
    }

    /// A division of a list in two, by px, py, pz and energy of its elements.
    pub fn grouping(&mut self, how: Grouping, over: List, depth: u8, momenta: [Value; 4]) -> Value {
        let momenta = momenta.map(|body| self.add(Node::Table { over, depth, body, place: None }));
        self.add(Node::Grouping { how, momenta })
    }

    /// The element with the smallest keys.
    pub fn best(&mut self, over: List, depth: u8, keep: Value, keys: Vec<Value>) -> Value {
        self.add(Node::Best { over, depth, keep, keys })
    }

    /// True if a `Best` has a winner.
    pub fn found(&mut self, best: Value) -> Value {
        match *self.node(best) {
            Node::Best { keep, .. } if self.is_false(keep) => self.bool(false),
            _ => self.add(Node::Found(best)),
        }
    }

    /// A word of a `Best`'s winner.
    pub fn winner(&mut self, best: Value, word: u8) -> Value {
        match *self.node(best) {
            Node::Best { keep, .. } if self.is_false(keep) => self.int(0),
            _ => self.add(Node::Winner { best, word }),
        }
    }

    /// A word with its collection's number, so that words of different collections can be compared.
    pub fn tagged(&mut self, word: Value, leaf: &Leaf) -> Value {
        match leaf {
            Leaf::Any(_) => word,
            Leaf::One(collection) => {
                let tag = self.int(i64::from(collection.0) << TAG_SHIFT);
                self.binary(Binary::BitOr, word, tag)
            }
            // Negative: no number of a collection.
            Leaf::Made(number) => {
                let tag = self.int(!i64::from(*number) << TAG_SHIFT);
                self.binary(Binary::BitOr, word, tag)
            }
        }
    }

    /// The position that a word holds.
    pub fn untag(&mut self, word: Value, leaf: &Leaf) -> Value {
        match leaf {
            Leaf::One(_) | Leaf::Made(_) => word,
            Leaf::Any(_) => {
                let mask = self.int(POSITION_MASK);
                self.binary(Binary::BitAnd, word, mask)
            }
        }
    }

    /// All elements of an input collection.
    pub fn all(&mut self, collection: CollectionId) -> List {
        self.add_list(ListNode::All(collection))
    }

    /// The elements with `keep`.
    pub fn filter(&mut self, of: List, depth: u8, keep: Value) -> List {
        if self.is_true(keep) { of } else { self.add_list(ListNode::Filter { of, depth, keep }) }
    }

    /// The elements in order of a key.
    pub fn sort(&mut self, of: List, depth: u8, key: Value, descending: bool) -> List {
        self.add_list(ListNode::Sort { of, depth, key, descending })
    }

    /// The elements from `from` to before `to`.
    pub fn slice(&mut self, of: List, from: Value, to: Value) -> List {
        let whole = self.constant_int(from) == Some(0) && to == self.size(of);
        if whole { of } else { self.add_list(ListNode::Slice { of, from, to }) }
    }

    /// The entries of an input collection that are reached from one of them.
    pub fn reach(&mut self, of: List, from: Value, present: Value, depth: u8, next: List) -> List {
        self.add_list(ListNode::Reach { of, from, present, depth, next })
    }

    /// One list after the other.
    pub fn union(&mut self, lists: Vec<List>) -> List {
        if let [one] = lists.as_slice() { *one } else { self.add_list(ListNode::Union(lists)) }
    }

    /// Tuples.
    pub fn combine(&mut self, of: Vec<List>, depth: u8, after: Vec<Option<u8>>, keep: Value) -> List {
        self.add_list(ListNode::Combine { of, depth, after, keep })
    }
}
