//! Events written as text: `Jet_pt: 50 30 | | 40` (a list per event), `MET_pt = 10 20 30` (a number per event),
//! `Jet_x: [1 2] [] | | [3]` (a list of lists per event).

use adl_runtime::memory::MemoryFile;
use adl_runtime::schema::ElementType;

/// A column of a case.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// How it is stored.
    pub element: ElementType,
    /// A list per event rather than one value.
    pub is_list: bool,
    /// The values of each event.
    pub values: Vec<Vec<f64>>,
    /// Of lists of lists: the sizes of those of each event.
    pub sizes: Option<Vec<Vec<usize>>>,
}

/// Reads a column: `NAME [TYPE] : v v | v` or `NAME [TYPE] = v v`. Without a type, `true` and `false` are bools;
/// numbers with a point and the columns `*_pt`, `*_eta`, `*_phi`, `*_mass` are f32; other numbers i32.
///
/// # Errors
/// What cannot be read, in words.
pub fn column(line: &str) -> Result<Column, String> {
    let at = line.find([':', '=']).ok_or_else(|| format!("no column: {line}"))?;
    let (head, rest) = line.split_at(at);
    let is_list = rest.starts_with(':');
    let rest = &rest[1..];
    let mut words = head.split_whitespace();
    let name = words.next().ok_or_else(|| format!("a column without a name: {line}"))?.to_owned();
    let kinematic = ["_pt", "_eta", "_phi", "_mass"].iter().any(|s| name.ends_with(s));
    let element = match words.next() {
        Some(word) => ElementType::named(word).ok_or_else(|| format!("no type: {word}"))?,
        None if rest.contains("true") || rest.contains("false") => ElementType::Bool,
        None if kinematic || rest.contains(['.', 'n']) => ElementType::F32,
        None => ElementType::I32,
    };
    let number = |word: &str| match word {
        "true" => Ok(1.0),
        "false" => Ok(0.0),
        _ => word.parse::<f64>().map_err(|_| format!("no number: {word}")),
    };
    if rest.contains('[') {
        let list = |text: &str| text.split_whitespace().map(number).collect::<Result<Vec<f64>, String>>();
        let event = |text: &str| {
            let lists = text.split(']').filter_map(|part| part.trim().strip_prefix('[').map(list));
            lists.collect::<Result<Vec<Vec<f64>>, String>>()
        };
        let lists = rest.split('|').map(event).collect::<Result<Vec<Vec<Vec<f64>>>, String>>()?;
        let sizes = Some(lists.iter().map(|event| event.iter().map(Vec::len).collect()).collect());
        let values = lists.iter().map(|event| event.concat()).collect();
        return Ok(Column { name, element, is_list, values, sizes });
    }
    let values = if is_list {
        rest.split('|').map(|list| list.split_whitespace().map(number).collect()).collect::<Result<_, _>>()?
    } else {
        rest.split_whitespace().map(|word| number(word).map(|x| vec![x])).collect::<Result<_, _>>()?
    };
    Ok(Column { name, element, is_list, values, sizes: None })
}

/// The events `from..to` of columns as a file in memory; `step` sets where its segments end, another place in each
/// column.
#[must_use]
pub fn file(columns: &[Column], from: usize, to: usize, step: usize) -> MemoryFile {
    let mut file = MemoryFile::new("events");
    for (i, column) in columns.iter().enumerate() {
        let values = column.values.get(from..to).unwrap_or_default();
        let sizes = column.sizes.as_ref().map(|all| all.get(from..to).unwrap_or_default());
        file = if let Some(sizes) = sizes {
            let nested: Vec<Vec<Vec<f64>>> = values.iter().zip(sizes).map(|(v, s)| divided(v, s)).collect();
            file.lists(&column.name, column.element, &nested)
        } else if column.is_list {
            file.list(&column.name, column.element, values)
        } else {
            file.scalar(&column.name, column.element, &values.concat())
        };
        if step > 0 {
            let borders: Vec<u64> = (1..=to - from).skip(i % step).step_by(step).map(|b| b as u64).collect();
            file = file.segments(&borders);
        }
    }
    file
}

/// The numbers of an event as lists of these sizes.
fn divided(values: &[f64], sizes: &[usize]) -> Vec<Vec<f64>> {
    let mut rest = values;
    let mut lists = Vec::new();
    for size in sizes {
        let (own, after) = rest.split_at((*size).min(rest.len()));
        lists.push(own.to_vec());
        rest = after;
    }
    lists
}
