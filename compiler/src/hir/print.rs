//! The HIR as text, for `adlc plan --stage hir`: every block, quantity and region with its types and explicit loops.

use std::fmt::Write;

use super::{
    Analysis, Collection, CollectionId, Expr, ExprId, MadeVector, Object, ObjectId, QuantityBody, RegionStep,
    SaveColumn,
};

/// The analysis as text.
#[must_use]
pub fn print(a: &Analysis) -> String {
    let mut out = String::new();
    for column in &a.columns {
        let of = column.source.map_or("event".to_owned(), |s| a.sources[s.0 as usize].name.clone());
        let _ = writeln!(out, "column {} : {} of {of}", column.name, column.element.name());
    }
    for (name, collection, _) in a.blocks.iter().filter(|(n, _, _)| !n.is_empty()) {
        let _ = writeln!(out, "collection {name} = {}", definition(a, *collection));
    }
    for (i, quantity) in a.quantities.iter().enumerate() {
        let parameters: Vec<String> = quantity.parameters.iter().map(|v| format!("${}", v.0)).collect();
        let body = match quantity.body {
            QuantityBody::Scalar(e) => format!("{} : {:?}", expr(a, e), a.expr(e).ty),
            QuantityBody::Object(o) => object(a, o),
        };
        let _ = writeln!(out, "quantity q{i} {}({}) = {body}", quantity.name, parameters.join(", "));
    }
    for region in &a.regions {
        let _ = writeln!(out, "region {}", region.name);
        for blind in &region.blind {
            let _ = writeln!(out, "  blind {}", expr(a, *blind));
        }
        for step in &region.steps {
            let _ = match step {
                RegionStep::Cut { condition, reject: false, .. } => writeln!(out, "  select {}", expr(a, *condition)),
                RegionStep::Cut { condition, .. } => writeln!(out, "  reject {}", expr(a, *condition)),
                RegionStep::Weight { name, factor, .. } => writeln!(out, "  weight {name} {}", expr(a, *factor)),
                RegionStep::Fill(f) => {
                    let values: Vec<String> = f.values.iter().map(|v| expr(a, *v)).collect();
                    let over: String =
                        f.over.iter().map(|(v, c)| format!(" for ${} in {}", v.0, collection(a, *c))).collect();
                    writeln!(out, "  fill {} with {}{over}", f.name, values.join(", "))
                }
                RegionStep::Save(s) => {
                    let column = |c: &SaveColumn| {
                        let over =
                            c.over.map_or(String::new(), |(v, of)| format!(" for ${} in {}", v.0, collection(a, of)));
                        format!("{} = {}{over}", c.name, expr(a, c.value))
                    };
                    let columns = list(s.columns.iter().map(column));
                    writeln!(out, "  save {} {}: {columns}", s.name, s.format.name())
                }
            };
        }
        for bin in &region.bins {
            let condition = bin.condition.map_or("true".to_owned(), |c| expr(a, c));
            let _ = writeln!(out, "  bin \"{}\" {condition}, {} axes", bin.label, bin.axes.len());
        }
        for counts in &region.counts {
            let values: Vec<f64> = counts.values.iter().map(|v| v.0).collect();
            let _ = writeln!(out, "  counts {} {values:?}", a.formats[counts.format.0 as usize].name);
        }
    }
    out
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// An expression as text.
#[must_use]
pub fn expression(a: &Analysis, id: ExprId) -> String {
    expr(a, id)
}

fn expr(a: &Analysis, id: ExprId) -> String {
    let e = |id: &ExprId| expr(a, *id);
    let o = |id: &ObjectId| object(a, *id);
    match &a.expr(id).expr {
        Expr::Bool(b) => b.to_string(),
        Expr::Int(i) => i.to_string(),
        Expr::Real(bits) => f64::from_bits(*bits).to_string(),
        Expr::Text(t) => format!("\"{t}\""),
        Expr::Column(c) => a.columns[c.0 as usize].name.clone(),
        Expr::Attribute(c, of) => format!("{}[{}]", a.columns[c.0 as usize].name, o(of)),
        Expr::Quantity(q, args) => {
            format!("{}({})", a.quantities[q.0 as usize].name, list(args.iter().map(o)))
        }
        Expr::Dispatch(of, arms) => {
            let arms = arms.iter().map(|(s, x)| format!("{}: {}", a.sources[s.0 as usize].name, e(x)));
            format!("by origin of {} {{ {} }}", o(of), list(arms))
        }
        Expr::Unary(op, x) => format!("{op:?}({})", e(x)).to_lowercase(),
        Expr::Binary(op, x, y) => format!("{}({}, {})", format!("{op:?}").to_lowercase(), e(x), e(y)),
        Expr::Compare(op, x, y) => format!("{}({}, {})", format!("{op:?}").to_lowercase(), e(x), e(y)),
        Expr::And(x, y) => format!("({} and {})", e(x), e(y)),
        Expr::Or(x, y) => format!("({} or {})", e(x), e(y)),
        Expr::Not(x) => format!("not {}", e(x)),
        Expr::NotTrue(x) => format!("not-true {}", e(x)),
        Expr::Select(c, x, y) => format!("({} ? {} : {})", e(c), e(x), e(y)),
        Expr::Call(f, args) => format!("{}({})", f.name(), list(args.iter().map(e))),
        Expr::Reduce { op, over, keep, body } => {
            let loops = list(over.iter().map(|(v, c)| format!("${} in {}", v.0, collection(a, *c))));
            let keep = keep.map_or(String::new(), |k| format!(" where {}", e(&k)));
            format!("{}[{loops}]({}{keep})", format!("{op:?}").to_lowercase(), e(body))
        }
        Expr::Grouping { how, over: (_, c), .. } => format!("grouping({}, {:?})", collection(a, *c), how.numbers()),
        Expr::GroupSum { grouping, second, over: (v, c), body } => {
            let group = if *second { "second" } else { "first" };
            format!("sum[${} in {group} of {}]({} by {})", v.0, collection(a, *c), e(body), e(grouping))
        }
        Expr::Component(of, values) => format!("of {} {{ {} }}", o(of), list(values.iter().map(e))),
        Expr::Size(c) => format!("size({})", collection(a, *c)),
        Expr::Defined(x) => format!("defined({})", e(x)),
        Expr::Present(x) => format!("defined({})", o(x)),
        Expr::Entry(x) => format!("index({})", o(x)),
        Expr::Same(x, y) => format!("({} is {})", o(x), o(y)),
        Expr::Contains(c, x) => format!("({} in {})", o(x), collection(a, *c)),
        Expr::Passes(r) => format!("passes {}", a.regions[r.0 as usize].name),
        Expr::Draw { normal, label, .. } => format!("{}(#{label:x})", if *normal { "normal" } else { "random" }),
        Expr::Lookup(l) => format!("table of {} rows at ({})", l.rows.len(), list(l.arguments.iter().map(e))),
    }
}

fn object(a: &Analysis, id: ObjectId) -> String {
    match &a.object(id).object {
        Object::Var(v) => format!("${}", v.0),
        Object::At(c, i) => format!("{}[{}]", collection(a, *c), expr(a, *i)),
        Object::Best { over: (v, c), keep, keys } => {
            let keep = keep.map_or(String::new(), |k| format!(" where {}", expr(a, k)));
            format!("best ${} in {} by {}{keep}", v.0, collection(a, *c), list(keys.iter().map(|k| expr(a, *k))))
        }
        Object::Member { of, first, leaves } => format!("{}.{first}..{}", object(a, *of), first + leaves),
        Object::Select(c, x, y) => format!("({} ? {} : {})", expr(a, *c), object(a, *x), object(a, *y)),
        Object::Quantity(q, args) => {
            format!("{}({})", a.quantities[q.0 as usize].name, list(args.iter().map(|x| object(a, *x))))
        }
    }
}

fn collection(a: &Analysis, id: CollectionId) -> String {
    let named = &a.collection(id).name;
    if named.is_empty() { definition(a, id) } else { named.clone() }
}

fn definition(a: &Analysis, id: CollectionId) -> String {
    match &a.collection(id).collection {
        Collection::Source(s) => a.sources[s.0 as usize].name.clone(),
        Collection::Filter { of, var, keep } => {
            format!("${} in {} where {}", var.0, collection(a, *of), expr(a, *keep))
        }
        Collection::Sort { of, var, key, descending } => {
            let way = if *descending { "descend" } else { "ascend" };
            format!("sort ${} in {} by {} {way}", var.0, collection(a, *of), expr(a, *key))
        }
        Collection::Slice { of, from, to } => {
            let bound = |b: &Option<ExprId>| b.map_or(String::new(), |e| expr(a, e));
            format!("{}[{}:{}]", collection(a, *of), bound(from), bound(to))
        }
        Collection::Union(of) => format!("union({})", list(of.iter().map(|c| collection(a, *c)))),
        Collection::Combine { members, var, disjoint, keep } => {
            let kind = if *disjoint { "disjoint" } else { "cartesian" };
            let keep = keep.map_or(String::new(), |k| format!(" where {}", expr(a, k)));
            format!("${} in {kind}({}){keep}", var.0, list(members.iter().map(|c| collection(a, *c))))
        }
        Collection::Linked { of, var, to } => format!("{} of ${} in {}", object(a, *to), var.0, collection(a, *of)),
        Collection::Reached { from, var, next, .. } => {
            format!("from {} along ${} to {}", object(a, *from), var.0, definition(a, *next))
        }
        Collection::Made(vectors) => {
            let vector = |v: &MadeVector| {
                format!("({}) if {}", list(v.components.iter().map(|e| expr(a, *e))), expr(a, v.present))
            };
            format!("vectors {}", list(vectors.iter().map(vector)))
        }
        Collection::Members(of) => format!("members({})", list(of.iter().map(|o| object(a, *o)))),
    }
}
