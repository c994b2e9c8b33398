//! Printed and saved values to records: one with a row per event, and one with a row per element for each collection
//! that columns loop over.

use adl_runtime::rows::{Column, Kind, Table};

use super::super::{List, RecordId, Step, Ty, Value};
use super::outside::Reach;
use super::{Body, Lower, Scalar};
use crate::hir::Save;

/// A record being made: its loop, and the values of a row.
struct Made {
    over: Option<List>,
    values: Vec<Value>,
}

/// The table of a statement, the steps that record its rows, and its look-ups.
pub(super) fn save(lower: &mut Lower<'_>, body: &mut Body, region: &str, s: &Save) -> (Table, Vec<Step>, Vec<Reach>) {
    let mut looked = Vec::new();
    let mut records = vec![Made { over: None, values: Vec::new() }];
    let mut columns = Vec::new();
    for column in &s.columns {
        let over = column.over.map(|(var, collection)| {
            let more = lower.reaches_of_collection(collection, body);
            looked = lower.together(std::mem::take(&mut looked), more);
            let list = lower.collection(collection, body);
            let item = lower.item(list, 0);
            body.bind(var, item);
            list
        });
        let mut reaches = lower.reaches(column.value, body);
        if let Some(list) = over {
            reaches = lower.looped(list, 0, reaches);
        }
        looked = lower.together(looked, reaches);
        let scalar = lower.expr(column.value, body);
        let (kind, value, present) = value_of(lower, scalar);
        let record = records.iter().position(|r| r.over == over).unwrap_or(records.len());
        if record == records.len() {
            records.push(Made { over, values: Vec::new() });
        }
        let mut keep = |value: Value| {
            records[record].values.push(value);
            records[record].values.len() - 1
        };
        let (value, present) = (keep(value), present.map(keep));
        columns.push(Column { name: column.name.clone(), kind, record, value, present });
    }
    let first = lower.plan.records.len();
    columns.iter_mut().for_each(|c| c.record += first);
    let mut steps = Vec::new();
    for Made { over, values } in records {
        let record = RecordId(lower.plan.records.len() as u32);
        lower.plan.places.records.push(lower.plan.dag.here());
        lower.plan.records.push(values.iter().map(|v| lower.plan.dag.ty(*v)).collect());
        let step = Step::Record { record, values };
        steps.push(match over {
            Some(over) => Step::ForEach { over, depth: 0, body: vec![step] },
            None => step,
        });
    }
    let table = Table { region: region.to_owned(), name: s.name.clone(), format: s.format, record: first, columns };
    (table, steps, looked)
}

/// What is kept of a value: its kind, its word, and whether it is there, if that can differ.
fn value_of(lower: &mut Lower<'_>, scalar: Scalar) -> (Kind, Value, Option<Value>) {
    let dag = &mut lower.plan.dag;
    let (kind, value, present) = match scalar {
        Scalar::Real(value) => return (Kind::Real, value, None),
        Scalar::Int(value, present) => (Kind::Int, value, present),
        Scalar::Text(value, present) => (Kind::Text, value, present),
        Scalar::Bool(is_true, is_false) => {
            let never_missing = is_false == dag.not(is_true) || is_true == dag.not(is_false);
            let present = if never_missing { dag.bool(true) } else { dag.or(is_true, is_false) };
            (Kind::Bool, is_true, present)
        }
    };
    debug_assert!(matches!(dag.ty(value), Ty::Bool | Ty::Int));
    (kind, value, Some(present).filter(|p| !lower.plan.dag.is_true(*p)))
}
