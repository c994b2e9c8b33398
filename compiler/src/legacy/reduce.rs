//! Collections that a region uses without an index: CutLang sums an attribute over them, and adds up the four-vectors of
//! an argument (language reference, 3.4). In 2026 the sum is written.

use super::error::{self, Form};
use super::{World, names};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::walk;
use crate::syntax::walk::{call, with_parts};

impl World<'_> {
    /// A translated expression with the sums written; under no declared edition they stay for an error.
    pub(super) fn reduced(&mut self, e: Expr) -> Expr {
        if !self.declared || !self.is_many(&e, 0) {
            return e;
        }
        self.sums(&e)
    }

    fn sums(&mut self, e: &Expr) -> Expr {
        let span = e.span;
        match &e.kind {
            _ if !self.is_many(e, 0) => e.clone(),
            ExprKind::Call { function, arguments } => {
                let of_object =
                    arguments.len() == 1 && !self.is_users(&function.text) && self.is_attribute(&function.text);
                let of_column =
                    arguments.len() == 1 && !self.is_users(&function.text) && names::function(&function.text).is_none();
                if of_object || of_column {
                    return self.sum_of(e);
                }
                let mut new = e.clone();
                if let ExprKind::Call { arguments, .. } = &mut new.kind {
                    for argument in arguments {
                        if !self.is_many(&argument.value, 0) {
                            continue;
                        }
                        argument.value = if self.is_collection(&argument.value) {
                            self.sum_of(&argument.value)
                        } else {
                            self.sums(&argument.value)
                        };
                    }
                }
                new
            }
            ExprKind::Attribute { .. } => self.sum_of(e),
            ExprKind::Name(word) if self.defines.contains_key(word) => self.sum_of(e),
            ExprKind::Name(_) | ExprKind::Slice { .. } => {
                self.messages.push(error::bare_collection(span));
                e.clone()
            }
            _ => with_parts(e, &mut |part| self.sums(part)),
        }
    }

    fn sum_of(&mut self, e: &Expr) -> Expr {
        self.saw(Form::Sum, e.span);
        call("sum", vec![e.clone()], e.span)
    }

    /// True for the name of a collection, or a part of one.
    fn is_collection(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Name(word) => self.collection(word).is_some(),
            ExprKind::Slice { .. } => true,
            _ => false,
        }
    }

    /// True if a translated expression has a value per element of some collection.
    pub(super) fn is_many(&self, e: &Expr, depth: usize) -> bool {
        if depth > 64 {
            return false;
        }
        match &e.kind {
            ExprKind::Name(word) => match self.defines.get(word) {
                Some(define) if define.parameters.is_empty() => {
                    if let Some(known) = self.known_many.borrow().get(word) {
                        return *known;
                    }
                    self.known_many.borrow_mut().insert(word.clone(), false);
                    let many = self.is_many(&define.value, 0);
                    self.known_many.borrow_mut().insert(word.clone(), many);
                    many
                }
                Some(_) => false,
                None => self.collection(word).is_some(),
            },
            ExprKind::Call { function, arguments } => {
                let reduces = names::function(&function.text).map_or(function.text.as_str(), |name| name);
                let several = matches!(reduces, "min" | "max") && arguments.len() > 1;
                if names::is_of_collections(reduces) && !several {
                    return false;
                }
                arguments.iter().any(|a| self.is_many(&a.value, depth + 1))
            }
            ExprKind::Index { .. } => false,
            ExprKind::Slice { .. } => true,
            ExprKind::Attribute { name, .. } if name.text.eq_ignore_ascii_case("size") => false,
            _ => {
                let mut many = false;
                walk::parts(e, &mut |part| many |= self.is_many(part, depth + 1));
                many
            }
        }
    }
}
