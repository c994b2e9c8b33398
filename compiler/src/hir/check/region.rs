//! Regions: rows, weights, bins and histograms, with those of the regions they take.

use adl_runtime::histogram::Axis;

use super::super::{
    Bin, BinAxis, Compare, CountsOf, Expr, Fill, QuantityBody, Region, RegionId, RegionStep, Ty, error,
};
use super::{Checker, Decl, DeclId, Declared, Entry, ExprId, Meaning, Scope};
use crate::source::Span;
use crate::syntax::{ast, ast_legacy};

impl<'a> Checker<'a> {
    /// A region block.
    pub(super) fn region(&mut self, id: DeclId, block: &'a ast::Region) -> Option<Declared> {
        let mut region = Region {
            name: block.name.text.clone(),
            span: block.name.span,
            blind: Vec::new(),
            steps: Vec::new(),
            bins: Vec::new(),
            counts: Vec::new(),
        };
        let mut scope = Scope::default();
        let mut before = CountsOf::All;
        for statement in &block.statements {
            if let ast::RegionStatement::Counts(counts) = statement {
                self.counts(counts, before, &mut region);
            }
            self.statement(statement, &mut region, &mut scope);
            before = Self::counted(statement, &region).unwrap_or(before);
        }
        self.check_bins(&region);
        let region_id = RegionId(self.analysis.regions.len() as u32);
        self.analysis.regions.push(region);
        self.regions.insert(id, region_id);
        self.region_scopes.push(scope);
        Some(Declared::Meaning(Meaning::Region(region_id)))
    }

    fn statement(&mut self, statement: &'a ast::RegionStatement, region: &mut Region, scope: &mut Scope<'a>) {
        match statement {
            ast::RegionStatement::Take(name) => self.take_region(name, region, scope),
            ast::RegionStatement::Select(e) => self.row(e, false, region, scope),
            ast::RegionStatement::Reject(e) => self.row(e, true, region, scope),
            ast::RegionStatement::Define(d) => {
                if !d.parameters.is_empty() {
                    self.report(error::plain(
                        "function_in_block",
                        "a function belongs outside of the blocks",
                        d.name.span,
                        "has parameters",
                        "write it in the column of the block keywords",
                    ));
                    return;
                }
                if let Some(declared) = self.define(&d.name, &d.value, d.span, scope) {
                    *scope = scope.with(&d.name.text, Entry::Declared(declared));
                }
            }
            ast::RegionStatement::Best(b) => {
                if let Some(declared) = self.best(b, scope) {
                    *scope = scope.with(&b.name.text, Entry::Declared(declared));
                }
            }
            ast::RegionStatement::Weight(w) => self.weight(w, region, scope),
            ast::RegionStatement::Bin(b) => self.bin(b, region, scope),
            ast::RegionStatement::Bins(b) => self.bins(b, region, scope),
            ast::RegionStatement::Histogram(h) => {
                if let Some(fill) = self.histogram(h, scope) {
                    self.book(fill, region);
                }
            }
            ast::RegionStatement::UseList(name) => match self.global(&name.text, false).map(|id| self.decls[id]) {
                Some(Decl::HistoList(list)) => {
                    for h in &list.histograms {
                        if let Some(fill) = self.histogram(h, scope) {
                            self.book(fill, region);
                        }
                    }
                }
                _ => {
                    let lists = self.decls.iter().filter(|d| matches!(d, Decl::HistoList(_)));
                    let near = error::nearest(&name.text, lists.map(|d| d.name().text.as_str()));
                    self.report(error::no_such("histoList", &name.text, name.span, near));
                }
            },
            ast::RegionStatement::Blind(condition, span) => {
                let condition = match condition {
                    Some(e) => self.event_condition(e, scope),
                    None => Some(self.add(Expr::Bool(true), Ty::Bool, *span)),
                };
                region.blind.extend(condition);
            }
            ast::RegionStatement::Print(p) => self.print(p, region, scope),
            ast::RegionStatement::Save(s) => self.save(s, region, scope),
            // Read with the statement before them.
            ast::RegionStatement::Counts(_) => {}
            ast::RegionStatement::Legacy(form) => {
                let span = match form {
                    ast_legacy::LegacyStatement::Parents(names) => names.first().map(|n| n.span),
                    ast_legacy::LegacyStatement::Edges(bin, _) => Some(bin.span),
                    ast_legacy::LegacyStatement::Sort { span, .. } => Some(*span),
                };
                span.into_iter().for_each(|span| self.report(error::untranslated(span)));
            }
            ast::RegionStatement::Reserved(r) => self.report(error::reserved(&r.keyword.text, r.keyword.span)),
        }
    }

    fn take_region(&mut self, name: &'a ast::Name, region: &mut Region, scope: &mut Scope<'a>) {
        let Some(id) = self.global(&name.text, false) else {
            let regions = self.decls.iter().filter(|d| matches!(d, Decl::Region(_)));
            let near = error::nearest(&name.text, regions.map(|d| d.name().text.as_str()));
            self.report(error::no_such("region", &name.text, name.span, near));
            return;
        };
        if !self.is_value(id) {
            let found = format!("a {}", self.decls[id].word());
            self.report(error::kind("a region", &found, name.span));
            return;
        }
        let Some(Declared::Meaning(meaning)) = self.declared(id, name.span) else { return };
        let Meaning::Region(parent) = meaning else {
            let found = self.describe(&meaning);
            self.report(error::kind("a region", &found, name.span));
            return;
        };
        *scope = match &scope.node {
            None => self.region_scopes[parent.0 as usize].clone(),
            Some(_) => self.join_scopes(scope, parent),
        };
        let parent = self.analysis.regions[parent.0 as usize].clone();
        for blind in parent.blind {
            if !region.blind.contains(&blind) {
                region.blind.push(blind);
            }
        }
        for step in parent.steps {
            match &step {
                RegionStep::Cut { span, .. } => {
                    let there =
                        region.steps.iter().any(|s| matches!(s, RegionStep::Cut { span: other, .. } if other == span));
                    if !there {
                        region.steps.push(step);
                    }
                }
                RegionStep::Weight { .. } => self.add_weight(step, region),
                RegionStep::Fill(_) | RegionStep::Save(_) => {}
            }
        }
    }

    /// A second parent's names in front of what there is.
    fn join_scopes(&self, scope: &Scope<'a>, parent: RegionId) -> Scope<'a> {
        let mut joined = scope.clone();
        let mut node = self.region_scopes[parent.0 as usize].node.clone();
        while let Some(n) = node {
            joined = joined.with(&n.name, n.entry.clone());
            node = n.outer.clone();
        }
        joined
    }

    /// A condition with one value per event.
    fn event_condition(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<ExprId> {
        let (condition, axes) = self.framed(|c| c.condition(e, scope));
        self.lost(condition.is_none(), e.span);
        if !axes.is_empty() {
            let (name, text) = (self.axis_name(&axes), self.text(e.span));
            self.report(error::unreduced(&name, &text, true, e.span));
            return None;
        }
        condition
    }

    /// A number with one value per event, as Real.
    fn event_number(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<ExprId> {
        let (number, axes) = self.framed(|c| c.real_expr(e, scope));
        self.lost(number.is_none(), e.span);
        if !axes.is_empty() {
            let (name, text) = (self.axis_name(&axes), self.text(e.span));
            self.report(error::unreduced(&name, &text, false, e.span));
            return None;
        }
        number
    }

    fn row(&mut self, e: &'a ast::Expr, reject: bool, region: &mut Region, scope: &Scope<'a>) {
        if let Some(condition) = self.event_condition(e, scope) {
            region.steps.push(RegionStep::Cut { condition, reject, span: e.span });
        }
    }

    fn weight(&mut self, w: &'a ast::Weight, region: &mut Region, scope: &Scope<'a>) {
        let factor = self.event_number(&w.value, scope);
        let filter = w.filter.as_ref().map(|f| self.event_condition(f, scope));
        let Some(mut factor) = factor else { return };
        if let Some(filter) = filter {
            let Some(filter) = filter else { return };
            let (one, not) = (self.constant(1.0, w.span), self.add(Expr::NotTrue(filter), Ty::Bool, w.span));
            factor = self.add(Expr::Select(not, one, factor), Ty::Real, w.span);
        }
        self.add_weight(RegionStep::Weight { name: w.name.text.clone(), factor, span: w.span }, region);
    }

    /// A weight that comes by two ways applies once; two different weights of one name are an error.
    fn add_weight(&mut self, step: RegionStep, region: &mut Region) {
        let RegionStep::Weight { name, span, .. } = &step else { return };
        for other in &region.steps {
            if let RegionStep::Weight { name: n, span: s, .. } = other
                && n == name
            {
                if s != span {
                    let message = error::duplicate("weight", name, *span, *s);
                    self.report(message);
                }
                return;
            }
        }
        region.steps.push(step);
    }

    fn bin(&mut self, b: &'a ast::Bin, region: &mut Region, scope: &Scope<'a>) {
        let condition = self.event_condition(&b.condition, scope);
        let filter = b.filter.as_ref().map(|f| self.event_condition(f, scope));
        let (Some(mut condition), Some(filter)) = (condition, filter.map_or(Some(None), |f| f.map(Some))) else {
            return;
        };
        if let Some(filter) = filter {
            condition = self.and(condition, filter, b.span);
        }
        let label = b.label.clone().unwrap_or_else(|| self.text(b.condition.span));
        region.bins.push(Bin { label, condition: Some(condition), axes: Vec::new(), span: b.span });
    }

    fn bins(&mut self, b: &'a ast::Bins, region: &mut Region, scope: &Scope<'a>) {
        let mut axes = Vec::new();
        for axis in &b.axes {
            let Some(axis) = self.bin_axis(axis, scope) else { return };
            axes.push(axis);
        }
        let condition = match &b.filter {
            None => None,
            Some(f) => {
                let Some(f) = self.event_condition(f, scope) else { return };
                Some(f)
            }
        };
        region.bins.push(Bin { label: b.label.clone().unwrap_or_default(), condition, axes, span: b.span });
    }

    fn bin_axis(&mut self, axis: &'a ast::BinAxis, scope: &Scope<'a>) -> Option<BinAxis> {
        let name = self.text(axis.value.span);
        if !axis.edges.is_empty() {
            let value = self.event_number(&axis.value, scope)?;
            let edges = self.edges(&axis.edges)?;
            if edges.len() < 2 && !(axis.underflow || axis.overflow) {
                self.report(error::plain(
                    "bin_edges",
                    "one edge makes no bin",
                    axis.span,
                    "one edge",
                    "add another edge, or `overflow`",
                ));
                return None;
            }
            return Some(BinAxis::Edges { value, name, edges, underflow: axis.underflow, overflow: axis.overflow });
        }
        let (meaning, axes) = self.framed(|c| c.expr(&axis.value, scope));
        let value = self.scalar(meaning?, axis.value.span)?;
        if !axes.is_empty() {
            let owner = self.axis_name(&axes);
            self.report(error::unreduced(&owner, &name, false, axis.value.span));
            return None;
        }
        match self.ty(value) {
            Ty::Bool => {
                let not = self.add(Expr::Not(value), Ty::Bool, axis.span);
                Some(BinAxis::Values(vec![(format!("not {name}"), not), (name, value)]))
            }
            Ty::Text => {
                let mut texts = Vec::new();
                self.possible_texts(value, &mut texts);
                let mut bins = Vec::new();
                for text in texts {
                    let constant = self.add(Expr::Text(text.clone()), Ty::Text, axis.span);
                    bins.push((text, self.compare(Compare::Eq, value, constant, axis.span)));
                }
                Some(BinAxis::Values(bins))
            }
            Ty::Int | Ty::Real => {
                self.report(error::plain(
                    "bin_edges",
                    "bins of a number need edges",
                    axis.span,
                    "no edges",
                    &format!("bins {name} 0 100 200 overflow"),
                ));
                None
            }
        }
    }

    /// The strings that an expression can be, in the order of the text.
    fn possible_texts(&self, id: ExprId, texts: &mut Vec<String>) {
        match &self.analysis.expr(id).expr {
            Expr::Text(t) if !texts.contains(t) => texts.push(t.clone()),
            Expr::Select(_, a, b) => {
                self.possible_texts(*a, texts);
                self.possible_texts(*b, texts);
            }
            Expr::Quantity(q, _) => {
                if let QuantityBody::Scalar(e) = self.analysis.quantities[q.0 as usize].body {
                    self.possible_texts(e, texts);
                }
            }
            Expr::Dispatch(_, arms) => arms.iter().for_each(|(_, e)| self.possible_texts(*e, texts)),
            _ => {}
        }
    }

    /// Increasing edges.
    fn edges(&mut self, edges: &[ast::Number]) -> Option<Vec<f64>> {
        for pair in edges.windows(2) {
            if pair[0].value.partial_cmp(&pair[1].value) != Some(std::cmp::Ordering::Less) {
                let mut sorted: Vec<f64> = edges.iter().map(|e| e.value).collect();
                sorted.sort_by(f64::total_cmp);
                sorted.dedup();
                self.report(error::edges(pair[0].value, pair[1].value, pair[0].span.to(pair[1].span), &sorted));
                return None;
            }
        }
        Some(edges.iter().map(|e| e.value).collect())
    }

    fn axis(&mut self, axis: &ast::Axis) -> Option<Axis> {
        match axis {
            ast::Axis::Regular { bins, low, high } => {
                if bins.value.fract() != 0.0 || !(1.0..=1e7).contains(&bins.value) {
                    self.report(error::plain(
                        "axis_bins",
                        "the number of bins is a whole number from 1 on",
                        bins.span,
                        "not a number of bins",
                        "an axis is: number of bins, lower edge, upper edge",
                    ));
                    return None;
                }
                if low.value >= high.value || !low.value.is_finite() || !high.value.is_finite() {
                    self.report(error::plain(
                        "axis_range",
                        "the lower edge must be below the upper one",
                        low.span.to(high.span),
                        "an empty range",
                        "an axis is: number of bins, lower edge, upper edge",
                    ));
                    return None;
                }
                Some(Axis::Regular { bins: bins.value as u32, low: low.value, high: high.value })
            }
            ast::Axis::Edges(edges) => self.edges(edges).map(Axis::Edges),
        }
    }

    /// A histogram line.
    fn histogram(&mut self, h: &'a ast::Histogram, scope: &Scope<'a>) -> Option<Fill> {
        let mut axes = Vec::new();
        for axis in &h.axes {
            axes.push(self.axis(axis)?);
        }
        let profile = h.kind == ast::HistogramKind::Profile;
        let expected = axes.len() + usize::from(profile);
        if h.values.len() != expected || axes.is_empty() || axes.len() > 3 {
            let title = format!("`{}` has {} axes; a histogram has one to three", h.name.text, axes.len());
            let help = "to keep more variables apart, book it per bin of the region";
            self.report(error::plain("histogram_shape", title, h.name.span, "too many axes", help));
            return None;
        }
        let ((values, weighted, filter), used) = self.framed(|c| {
            let last = h.values.len() - 1;
            let values: Vec<Option<ExprId>> = h
                .values
                .iter()
                .enumerate()
                .map(|(i, v)| if profile && i == last { c.averaged(v, scope) } else { c.real_expr(v, scope) })
                .collect();
            let weighted = h.weighted.as_ref().map(|w| c.real_expr(w, scope));
            let filter = h.filter.as_ref().map(|f| c.condition(f, scope));
            (values, weighted, filter)
        });
        self.lost(values.contains(&None) || weighted == Some(None) || filter == Some(None), h.span);
        let values: Vec<ExprId> = values.into_iter().collect::<Option<_>>()?;
        let weighted = weighted.map_or(Some(None), |w| w.map(Some))?;
        let filter = filter.map_or(Some(None), |f| f.map(Some))?;
        let apart = used.windows(2).find(|two| match two {
            [(_, _, outer), (inner, ..)] => !self.analysis.collection(*inner).free.contains(outer),
            _ => false,
        });
        if let Some([(_, a, _), (_, b, _)]) = apart {
            let (a, b) = (self.analysis.class(*a).name.clone(), self.analysis.class(*b).name.clone());
            let span = h.values.first().map_or(h.span, |v| v.span);
            self.report(error::two_axes(&a, &b, span));
            return None;
        }
        Some(Fill {
            name: h.name.text.clone(),
            title: h.title.clone(),
            profile,
            axes,
            values,
            over: used.iter().map(|(c, _, v)| (*v, *c)).collect(),
            weighted,
            filter,
            per_bin: h.per_bin,
            span: h.span,
        })
    }

    /// What a profile averages: a number, or a condition (an efficiency).
    fn averaged(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<ExprId> {
        let meaning = self.expr(e, scope)?;
        if let Meaning::Scalar(id) = meaning
            && self.ty(id) == Ty::Bool
        {
            let (one, zero) = (self.constant(1.0, e.span), self.constant(0.0, e.span));
            return Some(self.add(Expr::Select(id, one, zero), Ty::Real, e.span));
        }
        let id = self.number(meaning, e.span)?;
        Some(self.real(id))
    }

    fn book(&mut self, fill: Fill, region: &mut Region) {
        let same = region.steps.iter().find_map(|s| match s {
            RegionStep::Fill(f) if f.name == fill.name => Some(f.span),
            _ => None,
        });
        match same {
            Some(first) => self.report(error::duplicate("histogram", &fill.name, fill.span, first)),
            None => region.steps.push(RegionStep::Fill(fill)),
        }
    }

    /// Two bins of a region must not have one label; its bins are written as the histogram `bins`.
    fn check_bins(&mut self, region: &Region) {
        let named_bins = region.steps.iter().find_map(|s| match s {
            RegionStep::Fill(f) if f.name == "bins" => Some(f.span),
            _ => None,
        });
        if let (Some(span), Some(bin)) = (named_bins, region.bins.first()) {
            self.report(error::duplicate("histogram", "bins", span, bin.span));
        }
        for (i, bin) in region.bins.iter().enumerate() {
            let same =
                region.bins[..i].iter().find(|b| b.label == bin.label && b.axes.is_empty() && bin.axes.is_empty());
            if let Some(first) = same {
                self.report(error::duplicate("bin", &bin.label, bin.span, first.span));
            }
        }
    }

    /// Books the histoLists that name their regions, at the end of these.
    pub(super) fn book_lists(&mut self) {
        for id in 0..self.decls.len() {
            let Decl::HistoList(list) = self.decls[id] else { continue };
            let names: Vec<(String, Option<Span>)> = match &list.regions {
                None => continue,
                Some(ast::ListRegions::All(_)) => {
                    self.analysis.regions.iter().map(|r| (r.name.clone(), None)).collect()
                }
                Some(ast::ListRegions::Named(names)) => names.iter().map(|n| (n.text.clone(), Some(n.span))).collect(),
            };
            for (name, span) in names {
                let Some(place) = self.analysis.regions.iter().position(|r| r.name == name) else {
                    let declared =
                        self.user_names.get(&name).is_some_and(|d| matches!(self.decls[*d], Decl::Region(_)));
                    if let (Some(span), false) = (span, declared) {
                        let near = error::nearest(&name, self.analysis.regions.iter().map(|r| r.name.as_str()));
                        self.report(error::no_such("region", &name, span, near));
                    }
                    continue;
                };
                let scope = self.region_scopes[place].clone();
                let mut region = self.analysis.regions[place].clone();
                for h in &list.histograms {
                    if let Some(fill) = self.histogram(h, &scope) {
                        self.book(fill, &mut region);
                    }
                }
                self.check_bins(&region);
                self.analysis.regions[place] = region;
            }
        }
    }
}
