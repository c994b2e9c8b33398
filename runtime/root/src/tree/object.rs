//! The numbers inside objects that are not split: which there are, and the way to each through the bytes of an entry.
//!
//! Members follow each other in the order of the class description (`TStreamerInfo`), base classes first. What stands
//! before the wanted number is stepped over: most of it begins with its size. `walk` goes these ways.

use std::cell::Cell;
use std::sync::Arc;

use super::packed::{Packing, packing};
use super::step::{Each, List, ListHead, Step, Way};
use super::streamers::{Class, Member, Streamers};
use super::types::{basic, elements_of, stored, stored_as};
use crate::branch::Element;

/// Classes in classes in classes: real ones have fewer than five levels.
const MAX_DEPTH: usize = 12;
/// More members than this in the objects of one tree are not looked at.
const MAX_MEMBERS: usize = 20_000;

/// Objects that stand for their numbers alone.
const VECTORS: [&str; 4] = ["TVector2", "TVector3", "TLorentzVector", "TQuaternion"];

/// A number inside an object.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub step: Step,
    pub element: Element,
    pub packing: Option<Packing>,
    /// Lists that it is in.
    pub levels: usize,
    /// Values at a time.
    pub per: u32,
}

/// A member of an object, or of an object inside it, and why it is not read if it is not.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The names of the members on the way to it, joined by dots; empty for the object itself.
    pub name: String,
    pub title: String,
    pub type_name: String,
    pub what: Result<Number, String>,
}

/// The classes of a file, and how many more members may be looked at.
pub(super) struct Classes<'a> {
    streamers: &'a Streamers,
    left: Cell<usize>,
}

impl<'a> Classes<'a> {
    pub(super) fn new(streamers: &'a Streamers) -> Classes<'a> {
        Classes { streamers, left: Cell::new(MAX_MEMBERS) }
    }

    /// The numbers in something of this type that is stored by itself: a top branch that is not split. Only classes that
    /// stream themselves begin with their size there.
    pub(super) fn of_type(&self, type_name: &str, clones_of: &str, is_framed: bool) -> Vec<Found> {
        match type_name {
            "string" | "std::string" => refused(type_name, "text (a std::string)".to_string()),
            "TClonesArray" => match self.class_ways(clones_of, 0) {
                Ok(ways) => ways.into_iter().map(|(found, way)| in_list(found, way, ListHead::Clones)).collect(),
                Err(why) => refused(type_name, why),
            },
            _ => match elements_of(type_name) {
                Some(_) => self.list(type_name, ListHead::Framed, 0),
                None => self.object(type_name, 0).into_iter().map(|found| top(found, is_framed)).collect(),
            },
        }
    }

    /// The numbers in the objects of a `TBranchObject`.
    pub(super) fn of_named(&self, class: &str) -> Vec<Found> {
        let named = |found: Found| match &found.what {
            Ok(Number { step, levels, .. }) => {
                let (step, levels) = (Step::Named(Arc::new(step.clone())), *levels);
                relisted(found, step, levels)
            }
            Err(_) => found,
        };
        self.object(class, 0).into_iter().map(named).collect()
    }

    /// Whether no more members may be looked at; counts one.
    fn is_spent(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left == 0
    }

    /// The numbers in a member.
    pub(super) fn of_member(&self, member: &Member) -> Vec<Found> {
        self.member(member, &[], 0).1
    }

    /// A list: of numbers, of lists, or of objects.
    fn list(&self, type_name: &str, head: ListHead, depth: usize) -> Vec<Found> {
        let no = || refused(type_name, format!("a {type_name}"));
        let Some(inside) = elements_of(type_name).filter(|_| depth < MAX_DEPTH) else { return no() };
        let inside = inside.as_ref();
        if let Some((element, packing)) = stored(inside) {
            let step = Step::List(Arc::new(List { head, each: Each::Number }));
            return accepted(type_name, Number { step, element, packing, levels: 1, per: 1 });
        }
        if elements_of(inside).is_some() {
            let each = self.list(inside, ListHead::Bare, depth + 1).into_iter();
            return each
                .map(|found| match found {
                    Found { what: Ok(Number { step: Step::List(ref list), levels, .. }), .. } => {
                        let step = Step::List(Arc::new(List { head, each: Each::List(list.clone()) }));
                        relisted(found, step, levels + 1)
                    }
                    found => found,
                })
                .collect();
        }
        match self.class_ways(inside, depth + 1) {
            Ok(ways) => ways.into_iter().map(|(found, way)| in_list(found, way, head)).collect(),
            Err(_) => no(),
        }
    }

    /// An object that begins with its size.
    fn object(&self, class: &str, depth: usize) -> Vec<Found> {
        let ids = |step, levels| accepted(class, Number { step, element: Element::U32, packing: None, levels, per: 1 });
        match class {
            "TRef" => return ids(Step::Reference, 0),
            "TRefArray" => return ids(Step::References, 1),
            _ => (),
        }
        match self.class_ways(class, depth) {
            Ok(ways) => {
                let wrap = |(found, way): (Found, Option<Way>)| match (way, &found.what) {
                    (Some(way), Ok(number)) => {
                        let levels = number.levels;
                        relisted(found, Step::Object(Arc::new(way)), levels)
                    }
                    (_, _) => found,
                };
                ways.into_iter().map(wrap).collect()
            }
            Err(why) => refused(class, why),
        }
    }

    /// The members of a class, with the way to each that can be read.
    fn class_ways(&self, name: &str, depth: usize) -> Result<Vec<(Found, Option<Way>)>, String> {
        let no = || format!("a {name}");
        if depth >= MAX_DEPTH || self.is_spent() {
            return Err(format!("a {name}, deep in other objects"));
        }
        // These write themselves in ways that their descriptions do not tell.
        if ["TRef", "TRefArray", "TString", "TDatime", "TClonesArray", "TObject"].contains(&name) || name.contains('*')
        {
            return Err(no());
        }
        let class = self.streamers.class(name).ok_or_else(no)?;
        let (found, steps) = self.members(name, class, depth);
        if found.iter().all(|(found, _)| found.what.is_err()) {
            return Err(no());
        }
        let is_complete = steps.len() == class.members.len();
        let members = Arc::new(steps);
        let way = |(found, before): (Found, usize)| {
            let way = found.what.as_ref().ok().map(|number| Way {
                class: name.to_string(),
                version: class.version,
                check_sum: class.check_sum,
                members: members.clone(),
                is_complete,
                before,
                wanted: number.step.clone(),
            });
            (found, way)
        };
        Ok(found.into_iter().map(way).collect())
    }

    /// The numbers of a class with the number of members before each, and the steps over its members.
    fn members(&self, name: &str, class: &Class, depth: usize) -> (Vec<(Found, usize)>, Vec<Step>) {
        let (mut all, mut steps, mut counts) = (vec![], vec![], vec![]);
        let mut lost: Option<String> = None;
        // Nobody refers to a vector: what it has of TObject says nothing.
        let is_vector = VECTORS.contains(&name);
        for member in &class.members {
            if self.is_spent() {
                lost.get_or_insert_with(|| "the objects of the tree have too many members".to_string());
                break;
            }
            let Some(member) = member else {
                lost.get_or_insert_with(|| "it follows a member that the file does not describe".to_string());
                continue;
            };
            let (step, found) = self.member(member, &counts, depth);
            for mut found in found.into_iter().filter(|_| !(is_vector && member.stored_as == stored_as::TOBJECT)) {
                if let Some(why) = &lost {
                    found.what = Err(why.clone());
                }
                all.push((found, steps.len()));
            }
            if member.stored_as == stored_as::COUNTER {
                counts.push(member.name.clone());
            }
            match step {
                Some(step) => steps.push(step),
                None => {
                    let why = || format!("it follows {}, a {} of unknown size", member.name, member.type_name);
                    lost.get_or_insert_with(why);
                }
            }
        }
        (all, steps)
    }

    /// The step over a member, if its size can be known, and the numbers in it.
    fn member(&self, member: &Member, counts: &[String], depth: usize) -> (Option<Step>, Vec<Found>) {
        let type_name = member.type_name.trim_end_matches('*');
        let no = |what: &str| refused(type_name, what.to_string());
        let kind = member.stored_as;
        let is_array = (stored_as::ARRAY..stored_as::POINTER).contains(&kind);
        let is_pointer = (stored_as::POINTER..stored_as::POINTER + 20).contains(&kind);
        let single =
            kind - if is_array { stored_as::ARRAY } else { 0 } - if is_pointer { stored_as::POINTER } else { 0 };
        let (step, mut found) = match kind {
            stored_as::NOTHING => (Some(Step::Skip(0)), vec![]),
            stored_as::BASE => self.base(&member.name, depth + 1),
            stored_as::COUNTER => (Some(Step::Count), self.values(member, Element::I32, None, 1)),
            stored_as::CHARS => (Some(Step::SkipChars), no("text (a char*)")),
            stored_as::TSTRING => (Some(Step::SkipText), no("text (a TString)")),
            stored_as::TNAMED => (Some(Step::SkipFramed), vec![]),
            stored_as::TOBJECT => (Some(Step::SkipTObject), tobject()),
            stored_as::BITS => (Some(Step::Skip(4)), self.values(member, Element::U32, None, 1)),
            stored_as::OBJECT | stored_as::ANY | stored_as::OBJECT_THERE | stored_as::ANY_THERE => {
                self.by_value(type_name, depth)
            }
            stored_as::OBJECTS | stored_as::ANYS => self.array_of(member, type_name, depth),
            stored_as::OBJECT_POINTER | stored_as::ANY_POINTER | stored_as::ANY_POINTER_OLD => {
                (Some(Step::SkipPointer), no(&format!("a pointer to a {type_name}")))
            }
            stored_as::TEXT => (Some(Step::SkipCollection), no("text (a std::string)")),
            stored_as::COLLECTION | stored_as::CUSTOM if member.length <= 0 => match elements_of(type_name) {
                Some(_) => (Some(Step::SkipCollection), self.list(type_name, ListHead::Framed, depth + 1)),
                None if matches!(type_name, "string" | "std::string") => {
                    (Some(Step::SkipCollection), no("text (a std::string)"))
                }
                None => (Some(Step::SkipCollection), no(&format!("a {type_name}"))),
            },
            stored_as::LOOP => (Some(Step::SkipFramed), no(&format!("an array of {type_name}"))),
            _ => match basic(single) {
                Some((element, reduced)) => self.numbers(member, element, reduced, is_pointer, is_array, counts),
                None => (None, no(&format!("a {type_name}"))),
            },
        };
        // The members of a base class are members of the class.
        if !matches!(kind, stored_as::BASE | stored_as::TOBJECT) {
            for found in &mut found {
                let dot = if found.name.is_empty() { "" } else { "." };
                found.name = format!("{}{dot}{}", member.name, found.name);
                if found.title.is_empty() {
                    found.title.clone_from(&member.title);
                }
            }
        }
        (step, found)
    }

    /// A member of a basic type, an array of them, or an array whose size is another member.
    fn numbers(
        &self,
        member: &Member,
        element: Element,
        reduced: bool,
        is_pointer: bool,
        is_array: bool,
        counts: &[String],
    ) -> (Option<Step>, Vec<Found>) {
        let packing = match reduced.then(|| packing(&member.title, element == Element::F32)).transpose() {
            Ok(packing) => packing,
            Err(why) => return (None, refused(&member.type_name, why)),
        };
        let width = packing.map_or(element.width(), Packing::width) as u32;
        if is_pointer {
            let Some(count) = counts.iter().position(|name| *name == member.count_name) else {
                return (None, refused(&member.type_name, "an array of unknown size".to_string()));
            };
            let step = Step::Array { count };
            let found = accepted(&member.type_name, Number { step, element, packing, levels: 1, per: 1 });
            return (Some(Step::SkipArray { count, width }), found);
        }
        let per = match (is_array, u32::try_from(member.length)) {
            (false, _) => 1,
            (true, Ok(n @ 1..=0x00ff_ffff)) => n,
            (true, _) => return (None, refused(&member.type_name, format!("{} values", member.length))),
        };
        match per.checked_mul(width) {
            Some(bytes) => (Some(Step::Skip(bytes)), self.values(member, element, packing, per)),
            None => (None, refused(&member.type_name, format!("{per} values"))),
        }
    }

    fn values(&self, member: &Member, element: Element, packing: Option<Packing>, per: u32) -> Vec<Found> {
        accepted(&member.type_name, Number { step: Step::Values { per }, element, packing, levels: 0, per })
    }

    /// A base class: the step over it, and its numbers.
    fn base(&self, class: &str, depth: usize) -> (Option<Step>, Vec<Found>) {
        let ways = self.class_ways(class, depth).unwrap_or_default();
        let any = ways.iter().find_map(|(_, way)| way.as_ref());
        let (members, is_complete) = any.map_or_else(Default::default, |way| (way.members.clone(), way.is_complete));
        let found = ways.into_iter().map(|(found, way)| match (way, &found.what) {
            (Some(way), Ok(number)) => {
                let levels = number.levels;
                relisted(found, Step::Base(Arc::new(way)), levels)
            }
            (_, _) => found,
        });
        let found = found.collect();
        (Some(Step::SkipBase { members, is_complete }), found)
    }

    /// An object that is a member: the step over it, and its numbers.
    fn by_value(&self, class: &str, depth: usize) -> (Option<Step>, Vec<Found>) {
        let array = |element: Element| {
            let step = Step::List(Arc::new(List { head: ListHead::Bare, each: Each::Number }));
            let found = accepted(class, Number { step, element, packing: None, levels: 1, per: 1 });
            (Some(Step::SkipCounted { width: element.width() as u32 }), found)
        };
        match class {
            "TRef" => (Some(Step::SkipReference), self.object(class, depth)),
            "TDatime" => (Some(Step::Skip(4)), refused(class, format!("a {class}"))),
            "TString" => (Some(Step::SkipText), refused(class, "text (a TString)".to_string())),
            "TObject" => (Some(Step::SkipTObject), tobject()),
            "TArrayC" => array(Element::I8),
            "TArrayS" => array(Element::I16),
            "TArrayI" => array(Element::I32),
            "TArrayL64" => array(Element::I64),
            "TArrayF" => array(Element::F32),
            "TArrayD" => array(Element::F64),
            _ => (Some(Step::SkipFramed), self.object(class, depth + 1)),
        }
    }

    /// An array of objects, of fixed size.
    fn array_of(&self, member: &Member, class: &str, depth: usize) -> (Option<Step>, Vec<Found>) {
        let Some(times) = u32::try_from(member.length).ok().filter(|n| (1..=0xffff).contains(n)) else {
            return (None, refused(class, format!("an array of {} {class}", member.length)));
        };
        let (step, found) = self.by_value(class, depth);
        let repeated = |step: Step| Step::Repeat { times, step: Arc::new(step) };
        let found = found.into_iter().map(|found| match found.what {
            Ok(Number { levels: 1.., .. }) => Found { what: Err(format!("lists in an array of {class}")), ..found },
            Ok(number) => {
                let per = number.per.saturating_mul(times);
                Found { what: Ok(Number { step: repeated(number.step), per, ..number }), ..found }
            }
            Err(_) => found,
        });
        (step.map(repeated), found.collect())
    }
}

/// An object that is an entry of its own.
fn top(found: Found, is_framed: bool) -> Found {
    match &found.what {
        Ok(Number { step: Step::Object(way), levels, .. }) if !is_framed => {
            let (step, levels) = (Step::Members(way.clone()), *levels);
            relisted(found, step, levels)
        }
        Ok(_) | Err(_) => found,
    }
}

/// What `TObject` has.
fn tobject() -> Vec<Found> {
    let id = |name: &str, step| Found {
        name: name.to_string(),
        title: String::new(),
        type_name: "UInt_t".to_string(),
        what: Ok(Number { step, element: Element::U32, packing: None, levels: 0, per: 1 }),
    };
    vec![id("fUniqueID", Step::UniqueId), id("fBits", Step::Flags)]
}

fn accepted(type_name: &str, number: Number) -> Vec<Found> {
    vec![Found { name: String::new(), title: String::new(), type_name: type_name.to_string(), what: Ok(number) }]
}

fn refused(type_name: &str, why: String) -> Vec<Found> {
    vec![Found { name: String::new(), title: String::new(), type_name: type_name.to_string(), what: Err(why) }]
}

/// The same number by another way.
fn relisted(found: Found, step: Step, levels: usize) -> Found {
    Found { what: found.what.map(|number| Number { step, levels, ..number }), ..found }
}

/// A member of the objects of a list.
fn in_list(found: Found, way: Option<Way>, head: ListHead) -> Found {
    match (way, &found.what) {
        (Some(way), Ok(number)) => {
            let levels = number.levels + 1;
            relisted(found, Step::List(Arc::new(List { head, each: Each::Object(way) })), levels)
        }
        (_, _) => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_in_classes_end() {
        let member = |name: String, type_name: &str, stored_as| Member {
            name,
            title: String::new(),
            stored_as,
            length: 0,
            type_name: type_name.to_string(),
            count_name: String::new(),
        };
        // Ten times ten times ten ..., to the depth that is looked at: 10^11 numbers.
        let class = |level: usize| {
            let inside = (0..10).map(|i| Some(member(format!("m{i}"), &format!("C{}", level + 1), stored_as::ANY)));
            (format!("C{level}"), Class { version: 1, check_sum: 0, members: inside.collect() })
        };
        let last = Class { version: 1, check_sum: 0, members: vec![Some(member("x".to_string(), "float", 5))] };
        let deep = Streamers::of((0..11).map(class).chain([("C11".to_string(), last)]));
        let found = Classes::new(&deep).of_type("C0", "", false);
        assert!(found.len() <= MAX_MEMBERS, "{}", found.len());
        let flat = Streamers::of([class(9), class(10), class(11)].map(|(name, mut class)| {
            class.members.truncate(if name == "C11" { 0 } else { 2 });
            (name, class)
        }));
        assert_eq!(Classes::new(&flat).of_type("C9", "", false).len(), 1, "classes without numbers are refused");
    }
}
