//! The files of a chain as one input: the columns of all of them, each with the smallest type that holds what every file
//! stores; other names of one quantity in other files; and what stands for a column that a file does not have. All by
//! the files' headers. The readers of `adl_runtime::chain` give every file this one look.

use std::collections::{BTreeSet, HashMap};

use adl_runtime::chain::{Constant, Extra, OneKey, Source};
use adl_runtime::schema::{Column, Columns, ElementType, FileSchema, Shape};

use super::schema::{self, Binding, Joined, RecordColumn};
use crate::error::Message;
use crate::syntax::ast;

/// Files that are one input.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The columns that any of them has; those that all have come first.
    pub schema: FileSchema,
    /// The meaning of the names.
    pub binding: Binding,
    /// Per file: the columns that it gives besides its own.
    pub extras: Vec<Vec<Extra>>,
    /// Columns that are of different kinds in different files.
    pub conflicts: Vec<Conflict>,
}

/// A column that is of different kinds in different files.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// Its name.
    pub column: String,
    /// The kinds in words, and the numbers of the files.
    pub kinds: Vec<(String, Vec<usize>)>,
}

/// The names of a file's columns, with their numbers.
type Names<'a> = HashMap<&'a str, usize>;

/// A chain in the making.
struct Join<'a> {
    files: &'a [&'a FileSchema],
    names: Vec<Names<'a>>,
    schema: FileSchema,
    extras: Vec<Vec<Extra>>,
    conflicts: Vec<Conflict>,
    binding: Binding,
}

/// Joins files that are read by this profile; `optionals` are those of the analysis, which come before the profile's.
#[must_use]
pub fn join(files: &[&FileSchema], profile: &ast::Schema, optionals: &[&ast::Optional]) -> Chain {
    let mut joined = Join {
        files,
        names: files.iter().map(|f| names(f)).collect(),
        schema: FileSchema { format: "", tree: String::new(), events: 0, columns: Columns::default() },
        extras: vec![Vec::new(); files.len()],
        conflicts: Vec::new(),
        binding: Binding::default(),
    };
    joined.unite();
    joined.binding = schema::bind(&joined.schema, profile);
    joined.other_names(profile);
    let own = profile.statements.iter().filter_map(|s| match s {
        ast::SchemaStatement::Optional(o) => Some(o),
        _ => None,
    });
    joined.optionals(optionals, own.collect());
    joined.references();
    Chain { schema: joined.schema, binding: joined.binding, extras: joined.extras, conflicts: joined.conflicts }
}

/// The first name of a file wins, as it does in readers.
fn names(file: &FileSchema) -> Names<'_> {
    let mut names = HashMap::new();
    for (number, column) in file.columns.iter().enumerate() {
        names.entry(column.name.as_str()).or_insert(number);
    }
    names
}

impl<'a> Join<'a> {
    /// The columns of all files.
    fn unite(&mut self) {
        let first = self.files.first();
        self.schema.format = first.map_or("", |f| f.format);
        self.schema.tree = first.map_or(String::new(), |f| f.tree.clone());
        self.schema.events = self.files.iter().map(|f| f.events).fold(0, u64::saturating_add);
        let (mut common, mut others) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for file in self.files {
            for column in file.columns.iter().filter(|c| seen.insert(c.name.as_str())) {
                let place = |n: &Names<'a>| n.get(column.name.as_str()).copied();
                let places: Vec<Option<usize>> = self.names.iter().map(place).collect();
                let is_common = places.iter().all(Option::is_some);
                let column = self.one(&column.name, &places);
                if is_common { &mut common } else { &mut others }.extend(column);
            }
        }
        common.append(&mut others);
        self.schema.columns = common.into();
    }

    /// One column of what is at these places in the files; kinds that do not go together are noted.
    fn one(&mut self, name: &str, places: &[Option<usize>]) -> Option<Column> {
        let files = self.files;
        let at = |(file, place): (usize, &Option<usize>)| Some((file, files.get(file)?.columns.get((*place)?)?));
        let columns: Vec<(usize, &Column)> = places.iter().enumerate().filter_map(at).collect();
        let (_, first) = columns.first()?;
        let mut one = Column { name: name.to_owned(), ..(*first).clone() };
        for (_, column) in &columns {
            one.element = one.element.common(column.element).unwrap_or(one.element);
        }
        // What can be read somewhere is read there.
        if let Some((_, readable)) = columns.iter().find(|(_, c)| !matches!(c.shape, Shape::Unsupported(_)))
            && matches!(one.shape, Shape::Unsupported(_))
        {
            one = Column { name: name.to_owned(), ..(*readable).clone() };
        }
        let is_other = |c: &Column| c.shape != first.shape || kind_of(c.element) != kind_of(first.element);
        if columns.iter().any(|(_, column)| is_other(column)) {
            let mut kinds: Vec<(String, Vec<usize>)> = Vec::new();
            for (file, column) in &columns {
                let kind = kind(column);
                match kinds.iter_mut().find(|(known, _)| *known == kind) {
                    Some((_, files)) => files.push(*file),
                    None => kinds.push((kind, vec![*file])),
                }
            }
            self.conflicts.push(Conflict { column: name.to_owned(), kinds });
        }
        Some(one)
    }

    /// The place of the first of these columns that each file has.
    fn places(&self, candidates: &[String]) -> Vec<Option<usize>> {
        let of = |names: &Names<'a>| candidates.iter().find_map(|c| names.get(c.as_str()).copied());
        self.names.iter().map(of).collect()
    }

    /// A column that each file reads from the first of `candidates` that it has. If that is the same in all files that
    /// have any, its name; else a new column called `name`.
    fn chosen(&mut self, name: &str, candidates: &[String]) -> Option<(String, ElementType)> {
        let places = self.places(candidates);
        let files = self.files;
        let column = |(file, place): (usize, &Option<usize>)| files.get(file)?.columns.get((*place)?);
        let read: Vec<Option<&Column>> = places.iter().enumerate().map(column).collect();
        let found: BTreeSet<&str> = read.iter().flatten().map(|c| c.name.as_str()).collect();
        if let [only] = found.iter().copied().collect::<Vec<_>>()[..] {
            let element = self.schema.columns.iter().find(|c| c.name == only).map(|c| c.element)?;
            return Some((only.to_owned(), element));
        }
        let sources = read.iter().map(|c| c.map(|c| c.name.clone())).collect();
        let made = self.one(name, &places)?;
        let element = made.element;
        for ((extras, place), column) in self.extras.iter_mut().zip(&places).zip(&read) {
            if let (Some(place), Some(column)) = (place, column) {
                let source = Source::Column(*place);
                extras.push(Extra { name: name.to_owned(), element: column.element, source });
            }
        }
        self.schema.columns.push(made);
        self.binding.joined.insert(name.to_owned(), Joined { read: sources, default: None });
        Some((name.to_owned(), element))
    }

    /// Attributes and columns that have several names: the first that a file has counts in this file.
    fn other_names(&mut self, profile: &ast::Schema) {
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for statement in &profile.statements {
            let ast::SchemaStatement::Alias(pairs) = statement else { continue };
            for (new, old) in pairs {
                match groups.iter_mut().find(|(known, _)| *known == new.text) {
                    Some((_, olds)) => olds.push(&old.text),
                    None => groups.push((&new.text, vec![&old.text])),
                }
            }
        }
        for (new, olds) in groups {
            match new.split_once('.') {
                Some((of, attribute)) => {
                    let elements = self.binding.sources.keys().chain(self.binding.singles.keys());
                    let elements = elements.filter(|n| *n == of || schema::matches(of, n).is_some());
                    let elements: Vec<String> = elements.cloned().collect();
                    for name in &elements {
                        self.attribute(name, attribute, &olds);
                    }
                    if elements.is_empty() && !of.contains('*') {
                        self.record(of, attribute, &olds);
                    }
                }
                None => self.event_name(new, &olds),
            }
        }
    }

    /// Other names of an attribute of a collection.
    fn attribute(&mut self, of: &str, attribute: &str, olds: &[&str]) {
        let source = self.binding.sources.get(of).or_else(|| self.binding.singles.get(of));
        let Some(source) = source else { return };
        let all = std::iter::once(attribute).chain(olds.iter().copied());
        let candidates: Vec<String> = all.filter_map(|a| source.attributes.get(a)).map(|(c, _)| c.clone()).collect();
        if !self.is_needed(&candidates) {
            return;
        }
        let Some(found) = self.chosen(&format!("{of}.{attribute}"), &candidates) else { return };
        self.take_unit(&found.0, &candidates);
        let source = match self.binding.sources.get_mut(of) {
            Some(source) => Some(source),
            None => self.binding.singles.get_mut(of),
        };
        if let Some(source) = source {
            source.attributes.insert(attribute.to_owned(), found);
        }
    }

    /// Other names of an attribute of what an event has one of.
    fn record(&mut self, of: &str, attribute: &str, olds: &[&str]) {
        let own = format!("{of}_{attribute}");
        let all = std::iter::once(own.as_str()).chain(olds.iter().copied());
        let candidates: Vec<String> = all.filter(|c| self.binding.event.contains_key(*c)).map(str::to_owned).collect();
        if !self.is_needed(&candidates) {
            return;
        }
        let Some((column, element)) = self.chosen(&format!("{of}.{attribute}"), &candidates) else { return };
        self.take_unit(&column, &candidates);
        self.binding.event.insert(column.clone(), element);
        self.binding.records.entry(of.to_owned()).or_default().insert(attribute.to_owned(), column);
    }

    /// Other names of a column of the events.
    fn event_name(&mut self, new: &str, olds: &[&str]) {
        let all = std::iter::once(new).chain(olds.iter().copied());
        let candidates: Vec<String> = all.filter(|c| self.binding.event.contains_key(*c)).map(str::to_owned).collect();
        if candidates.iter().any(|c| c == new) || !self.is_needed(&candidates) {
            return;
        }
        let Some((column, element)) = self.chosen(new, &candidates) else { return };
        if column == new {
            self.take_unit(&column, &candidates);
            self.binding.aliases.remove(new);
            self.binding.event.insert(column, element);
        } else {
            self.binding.aliases.insert(new.to_owned(), column);
        }
    }

    /// True if the first of these columns is not the one that every file has.
    fn is_needed(&self, candidates: &[String]) -> bool {
        let Some(first) = candidates.first() else { return false };
        candidates.iter().any(|c| c != first) && !self.names.iter().all(|n| n.contains_key(first.as_str()))
    }

    /// A column of several others is stored in their unit.
    fn take_unit(&mut self, column: &str, candidates: &[String]) {
        let per_gev = |c: &String| self.binding.per_gev.get(c).copied();
        if let Some(per_gev) = candidates.iter().find_map(per_gev) {
            self.binding.per_gev.insert(column.to_owned(), per_gev);
        }
    }

    /// What stands for columns that files do not have. What the analysis says comes first.
    fn optionals(&mut self, analysis: &[&ast::Optional], profile: Vec<&ast::Optional>) {
        let mut done: Vec<&ast::Optional> = Vec::new();
        for (optional, is_own) in analysis.iter().map(|o| (*o, true)).chain(profile.into_iter().map(|o| (o, false))) {
            match done.iter().find(|d| d.name.text == optional.name.text) {
                Some(first) if is_own => self.binding.problems.push(
                    Message::error(
                        "said_twice",
                        format!("the default of `{}` is given twice", optional.name.text),
                        optional.span,
                        "given again",
                    )
                    .and(first.span, "given here"),
                ),
                Some(_) => {}
                None => {
                    done.push(optional);
                    if let Err(message) = self.optional(optional) {
                        self.binding.problems.push(message);
                    }
                }
            }
        }
    }

    fn optional(&mut self, optional: &ast::Optional) -> Result<(), Message> {
        let name = optional.name.text.as_str();
        let place = self.place(name).ok_or_else(|| super::error::optional_of_nothing(&optional.name))?;
        let known = self.schema.columns.iter().find(|c| c.name == place.column);
        let of_known = known.map(|c| c.element).or(place.element);
        let (value, element) = fitting(optional.value, of_known)
            .ok_or_else(|| super::error::optional_value(name, of_known.map_or("", |e| kind_of(e)), optional.at))?;
        if of_known.is_none_or(|e| e != element) || known.is_none() {
            self.retype(&place, element);
        }
        let has = |file: &usize| {
            let own = |e: &Extra| e.name == place.column;
            self.names.get(*file).is_some_and(|n| n.contains_key(place.column.as_str()))
                || self.extras.get(*file).is_some_and(|e| e.iter().any(own))
        };
        let lacking: Vec<usize> = (0..self.files.len()).filter(|f| !has(f)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let own = || Joined {
            read: self
                .names
                .iter()
                .map(|n| n.get_key_value(place.column.as_str()).map(|(k, _)| (*k).to_owned()))
                .collect(),
            default: None,
        };
        let mut joined = self.binding.joined.remove(&place.column).unwrap_or_else(own);
        joined.default = Some(optional.value);
        self.binding.joined.insert(place.column.clone(), joined);
        for file in lacking {
            let like = match &place.collection {
                Some(collection) => match self.sizes(file, collection) {
                    Some(number) => Some(number),
                    // Without the collection itself its attributes have no number of values.
                    None => continue,
                },
                None => None,
            };
            if let Some(extras) = self.extras.get_mut(file) {
                let source = Source::Constant { value, like };
                extras.push(Extra { name: place.column.clone(), element, source });
            }
        }
        Ok(())
    }

    /// The columns that are made of references, in the files that have what it takes.
    fn references(&mut self) {
        for (name, of) in &self.binding.references {
            let (element, shape) = (ElementType::I32, of.shape.clone());
            let (counter, title, codec) = (None, String::new(), String::new());
            self.schema.columns.push(Column { name: name.clone(), element, shape, counter, title, codec });
            for (names, extras) in self.names.iter().zip(&mut self.extras) {
                let number = |column: &str| names.get(column).copied();
                if let Some(keys) = &of.keys {
                    if let (Some(index), Some(key)) = (number(&of.numbers), number(keys)) {
                        let source = Source::Links { index, key, one: OneKey::default() };
                        extras.push(Extra { name: name.clone(), element, source });
                    }
                    continue;
                }
                let known_by = of.known_by.iter().map(|(column, _)| number(column)).collect::<Option<Vec<usize>>>();
                if let (Some(numbers), Some(known_by)) = (number(&of.numbers), known_by) {
                    let source = Source::References { numbers, known_by };
                    extras.push(Extra { name: name.clone(), element, source });
                }
            }
        }
    }

    /// What an optional name is about.
    fn place(&self, name: &str) -> Option<Place> {
        let binding = &self.binding;
        let list = |of: &str, attribute: &str, column: String, element| Place {
            column,
            collection: Some(of.to_owned()),
            attribute: attribute.to_owned(),
            element,
        };
        let scalar = |column: String, element| Place { column, collection: None, attribute: String::new(), element };
        if let Some((of, attribute)) = name.split_once('.') {
            let of = binding.aliases.get(of).map_or(of, String::as_str);
            if let Some(source) = binding.sources.get(of).or_else(|| binding.singles.get(of)) {
                return Some(match source.column(attribute) {
                    Some((column, element)) => list(of, attribute, column, Some(element)),
                    None => list(of, attribute, format!("{of}.{attribute}"), None),
                });
            }
            return match binding.record_column(of, attribute) {
                Some(RecordColumn::Event(column, element) | RecordColumn::Entry(_, column, element)) => {
                    Some(scalar(column, Some(element)))
                }
                None if binding.is_record(of) || binding.transverse.contains(of) => {
                    Some(scalar(format!("{of}_{attribute}"), None))
                }
                None => None,
            };
        }
        let other = binding.aliases.get(name).map_or(name, String::as_str);
        if let Some(element) = binding.event_column(other) {
            return Some(scalar(other.to_owned(), Some(element)));
        }
        let sources = || binding.sources.iter().chain(&binding.singles);
        for (of, source) in sources() {
            if let Some((attribute, (_, element))) = source.attributes.iter().find(|(_, (column, _))| column == name) {
                return Some(list(of, attribute, name.to_owned(), Some(*element)));
            }
        }
        let attribute = |of: &str| name.strip_prefix(of)?.strip_prefix('_').filter(|a| !a.is_empty());
        let longest = sources().filter_map(|(of, _)| Some((of, attribute(of)?))).max_by_key(|(of, _)| of.len());
        Some(match longest {
            Some((of, attribute)) => list(of, attribute, name.to_owned(), None),
            None => scalar(name.to_owned(), None),
        })
    }

    /// Gives a column this type, everywhere; makes it if there is none.
    fn retype(&mut self, place: &Place, element: ElementType) {
        let shape = if place.collection.is_some() { Shape::List } else { Shape::Scalar };
        match self.schema.columns.iter_mut().find(|c| c.name == place.column) {
            Some(column) => column.element = element,
            None => {
                let (title, codec) = (String::new(), String::new());
                let name = place.column.clone();
                self.schema.columns.push(Column { name, element, shape, counter: None, title, codec });
            }
        }
        let Some(collection) = &place.collection else {
            self.binding.event.insert(place.column.clone(), element);
            return;
        };
        let sources = self.binding.sources.iter_mut().chain(&mut self.binding.singles);
        for (_, source) in sources.filter(|(name, _)| *name == collection) {
            for (column, known) in source.attributes.values_mut().filter(|(c, _)| *c == place.column) {
                (*column, *known) = (place.column.clone(), element);
            }
            source.attributes.entry(place.attribute.clone()).or_insert_with(|| (place.column.clone(), element));
        }
    }

    /// The number of a file's column with the lists of a collection, or with their sizes.
    fn sizes(&self, file: usize, collection: &str) -> Option<usize> {
        let source = self.binding.sources.get(collection).or_else(|| self.binding.singles.get(collection))?;
        let (names, columns) = (self.names.get(file)?, &self.files.get(file)?.columns);
        let is_list = |n: &usize| columns.get(*n).is_some_and(|c| c.shape == Shape::List);
        let mut lists = source.attributes.values().filter_map(|(c, _)| names.get(c.as_str()).copied()).filter(is_list);
        let counter = || source.counter.as_ref().and_then(|c| names.get(c.as_str()).copied());
        lists.next().or_else(counter)
    }
}

/// What an optional name is about.
struct Place {
    column: String,
    /// The collection, for an attribute of its elements.
    collection: Option<String>,
    attribute: String,
    /// The type, if the column is known.
    element: Option<ElementType>,
}

/// The value and the type of a column that has it: the smallest that holds what is stored and the value. None if the
/// column has values of another kind.
fn fitting(value: ast::Literal, stored: Option<ElementType>) -> Option<(Constant, ElementType)> {
    use ElementType::{Bool, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    let real = |value: f64| if f64::from(value as f32) == value { F32 } else { F64 };
    match (value, stored) {
        (ast::Literal::Bool(value), Some(Bool) | None) => Some((Constant::Bool(value), Bool)),
        (ast::Literal::Bool(_), Some(_)) | (_, Some(Bool)) => None,
        (ast::Literal::Int(value), None) => Some((Constant::Int(value), I64)),
        (ast::Literal::Real(value), None) => Some((Constant::Real(value), F64)),
        (ast::Literal::Int(value), Some(F32 | F64)) => {
            let exact = value as f64;
            (exact as i128 == i128::from(value)).then_some(())?;
            Some((Constant::Real(exact), stored?.common(real(exact))?))
        }
        (ast::Literal::Real(value), Some(F32 | F64)) => Some((Constant::Real(value), stored?.common(real(value))?)),
        (ast::Literal::Real(_), Some(_)) => None,
        (ast::Literal::Int(value), Some(stored)) => {
            let holds = |e: &ElementType| match e {
                U8 => u8::try_from(value).is_ok(),
                I8 => i8::try_from(value).is_ok(),
                U16 => u16::try_from(value).is_ok(),
                I16 => i16::try_from(value).is_ok(),
                U32 => u32::try_from(value).is_ok(),
                I32 => i32::try_from(value).is_ok(),
                U64 => value >= 0,
                I64 => true,
                Bool | F32 | F64 => false,
            };
            let common = [stored, U8, I8, U16, I16, U32, I32, I64].into_iter().filter(holds);
            let element = common.filter_map(|e| stored.common(e)).min_by_key(|e| e.size())?;
            Some((Constant::Int(value), element))
        }
    }
}

/// What the values of a type are, in words.
fn kind_of(element: ElementType) -> &'static str {
    match element {
        ElementType::Bool => "true or false",
        ElementType::F32 | ElementType::F64 => "real numbers",
        _ => "whole numbers",
    }
}

/// The kind of a column: what an analysis could tell apart.
fn kind(column: &Column) -> String {
    match &column.shape {
        Shape::Scalar => format!("{}, one per event", kind_of(column.element)),
        Shape::List => format!("{}, a list per event", kind_of(column.element)),
        Shape::Lists => format!("{}, a list of lists per event", kind_of(column.element)),
        Shape::Unsupported(reason) => format!("not readable ({reason})"),
    }
}
