//! From the objects of the file to what a branch holds: element type, shape, and how an entry is laid out.

use super::objects::{RawBranch, RawElement, RawLeaf, RawTree};
use crate::branch::{BranchId, Element, Shape};

/// How the values of an entry are laid out in a basket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Layout {
    /// `per` values in every entry.
    Fixed { per: u32 },
    /// `per` times the counter's value, after `skip` bytes that are no values.
    Counted {
        counter: BranchId,
        per: u32,
        skip: u32,
    },
    /// A byte count, a version and a 32-bit count (10 bytes), then the values.
    Vector { per: u32 },
}

/// What a branch holds and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Described {
    pub element: Element,
    pub shape: Shape,
    pub layout: Layout,
}

/// Numbers of `TStreamerInfo::EReadWrite` that say how a member is stored.
mod streamer {
    pub const ARRAY: i32 = 20;
    pub const POINTER: i32 = 40;
    pub const STL: i32 = 300;
}

/// Describes a branch; the error is the reason, in words, why it cannot be read.
pub(crate) fn describe(
    tree: &RawTree,
    branch: &RawBranch,
    ids: &[Option<BranchId>],
) -> Result<Described, String> {
    if let Some(problem) = &branch.problem {
        return Err(problem.clone());
    }
    let leaf = match branch.leaves.as_slice() {
        [] if branch.branches.is_empty() => {
            return Err(format!("a {} without leaves", branch.class));
        }
        [] => return Err("it only groups the branches below it".to_string()),
        [leaf] => &tree.leaves[*leaf],
        leaves => return Err(format!("a list of {} leaves in one branch", leaves.len())),
    };
    match (&branch.element, branch.class.as_str()) {
        (Some(element), _) => describe_element(tree, branch, element, leaf, ids),
        (None, "TBranch") => describe_leaf(tree, leaf, ids),
        (None, class) => Err(format!("a {class}")),
    }
}

/// A branch of class `TBranch`: the leaf says everything.
fn describe_leaf(
    tree: &RawTree,
    leaf: &RawLeaf,
    ids: &[Option<BranchId>],
) -> Result<Described, String> {
    let element = match (leaf.class.as_str(), leaf.unsigned) {
        ("TLeafO", _) => Element::Bool,
        ("TLeafB", false) => Element::I8,
        ("TLeafB", true) => Element::U8,
        ("TLeafS", false) => Element::I16,
        ("TLeafS", true) => Element::U16,
        ("TLeafI", false) => Element::I32,
        ("TLeafI", true) => Element::U32,
        ("TLeafL" | "TLeafG", false) => Element::I64,
        ("TLeafL" | "TLeafG", true) => Element::U64,
        ("TLeafF", _) => Element::F32,
        ("TLeafD", _) => Element::F64,
        ("TLeafC", _) => return Err("text (a char*)".to_string()),
        ("TLeafD32", _) => return Err("a Double32_t".to_string()),
        ("TLeafF16", _) => return Err("a Float16_t".to_string()),
        (class, _) => return Err(format!("a leaf of class {class}")),
    };
    let per = values_per(leaf)?;
    match leaf.counted {
        true => counted(tree, leaf, ids, element, per, 0),
        false => Ok(fixed(element, per)),
    }
}

/// A branch of class `TBranchElement`: `fType` says what the branch is in its split object, `fStreamerType` how the
/// member is stored.
fn describe_element(
    tree: &RawTree,
    branch: &RawBranch,
    info: &RawElement,
    leaf: &RawLeaf,
    ids: &[Option<BranchId>],
) -> Result<Described, String> {
    match info.kind {
        // The head of a split TClonesArray (3) or STL collection (4): its baskets hold the sizes.
        3 | 4 => return Ok(fixed(Element::I32, 1)),
        0 | 31 | 41 => (),
        1 | 2 => {
            return Err(format!(
                "a {}, split into the branches below it",
                info.class_name
            ));
        }
        kind => {
            return Err(format!(
                "a {} with a streamer of its own (kind {kind})",
                info.class_name
            ));
        }
    }
    if !branch.branches.is_empty() {
        return Err(format!(
            "a {}, split into the branches below it",
            info.class_name
        ));
    }
    let collection = info.kind != 0;
    if let Some(element) = basic(info.streamer_type) {
        return match collection {
            true => member(info, ids, element, 1),
            false => Ok(fixed(element, values_per(leaf)?)),
        };
    }
    if let Some(element) = basic(info.streamer_type - streamer::ARRAY) {
        let per = values_per(leaf)?;
        return match collection {
            true => member(info, ids, element, per),
            false => Ok(fixed(element, per)),
        };
    }
    if let (false, Some(element)) = (collection, basic(info.streamer_type - streamer::POINTER)) {
        return counted(tree, leaf, ids, element, 1, 1);
    }
    if !collection && (info.streamer_type < 0 || info.streamer_type >= streamer::STL) {
        if let Some(element) = vector_of(&info.class_name).and_then(element_of) {
            return Ok(vector(element, 1));
        }
    }
    Err(format!(
        "a {} (stored as type {})",
        info.class_name, info.streamer_type
    ))
}

fn fixed(element: Element, per: u32) -> Described {
    let shape = if per == 1 {
        Shape::Scalar
    } else {
        Shape::Fixed(per)
    };
    Described {
        element,
        shape,
        layout: Layout::Fixed { per },
    }
}

fn vector(element: Element, per: u32) -> Described {
    Described {
        element,
        shape: Shape::Vector { per },
        layout: Layout::Vector { per },
    }
}

/// A leaf with a pointer to the leaf that counts. The pointer decides, not the name in the title.
fn counted(
    tree: &RawTree,
    leaf: &RawLeaf,
    ids: &[Option<BranchId>],
    element: Element,
    per: u32,
    skip: u32,
) -> Result<Described, String> {
    let branch = leaf.count.and_then(|count| tree.leaves.get(count)?.branch);
    match branch.and_then(|b| *ids.get(b)?) {
        Some(counter) => Ok(Described {
            element,
            shape: Shape::Counted { counter, per },
            layout: Layout::Counted { counter, per, skip },
        }),
        None => Err("the branch with its number of values is not in the tree".to_string()),
    }
}

/// A member of the objects of a split collection.
fn member(
    info: &RawElement,
    ids: &[Option<BranchId>],
    element: Element,
    per: u32,
) -> Result<Described, String> {
    match info.count.and_then(|b| *ids.get(b)?) {
        Some(counter) => Ok(Described {
            element,
            shape: Shape::Counted { counter, per },
            layout: Layout::Counted {
                counter,
                per,
                skip: 0,
            },
        }),
        None => Err("the branch with the size of its collection is not in the tree".to_string()),
    }
}

/// The C++ type of a branch as the file names it.
pub(crate) fn type_name(tree: &RawTree, branch: &RawBranch) -> String {
    if let Some(info) = &branch.element {
        return match basic(info.streamer_type.rem_euclid(20)) {
            Some(element)
                if info.streamer_type < 2 * streamer::ARRAY + 20 && info.streamer_type > 0 =>
            {
                element.name().to_string()
            }
            _ if info.clones_name.is_empty() => info.class_name.clone(),
            _ => format!("{} of {}", info.class_name, info.clones_name),
        };
    }
    match branch
        .leaves
        .first()
        .and_then(|leaf| tree.leaves.get(*leaf))
    {
        Some(leaf) => leaf.class.clone(),
        None => branch.class.clone(),
    }
}

fn values_per(leaf: &RawLeaf) -> Result<u32, String> {
    match u32::try_from(leaf.len) {
        Ok(n @ 1..=0x00ff_ffff) => Ok(n),
        _ => Err(format!("{} values per entry", leaf.len)),
    }
}

/// The basic types of `TStreamerInfo`.
fn basic(streamer_type: i32) -> Option<Element> {
    Some(match streamer_type {
        1 | 10 => Element::I8,
        2 => Element::I16,
        3 | 6 => Element::I32,
        4 | 16 => Element::I64,
        5 => Element::F32,
        8 => Element::F64,
        11 => Element::U8,
        12 => Element::U16,
        13 => Element::U32,
        14 | 17 => Element::U64,
        18 => Element::Bool,
        _ => return None,
    })
}

/// `T` of `vector<T>`, with or without `std::` and an allocator.
pub(crate) fn vector_of(type_name: &str) -> Option<&str> {
    let name = type_name.trim();
    let name = name.strip_prefix("std::").unwrap_or(name);
    let inside = name.strip_prefix("vector<")?.strip_suffix('>')?;
    let inside = match inside
        .find(",allocator<")
        .or_else(|| inside.find(",std::allocator<"))
    {
        Some(i) => &inside[..i],
        None => inside,
    };
    Some(inside.trim())
}

/// The element of a C++ type name.
pub(crate) fn element_of(type_name: &str) -> Option<Element> {
    let name = type_name.strip_prefix("std::").unwrap_or(type_name);
    Some(match name {
        "bool" | "Bool_t" => Element::Bool,
        "char" | "signed char" | "Char_t" | "int8_t" => Element::I8,
        "unsigned char" | "UChar_t" | "uint8_t" => Element::U8,
        "short" | "Short_t" | "int16_t" => Element::I16,
        "unsigned short" | "UShort_t" | "uint16_t" => Element::U16,
        "int" | "Int_t" | "int32_t" => Element::I32,
        "unsigned int" | "unsigned" | "UInt_t" | "uint32_t" => Element::U32,
        "long" | "long long" | "Long_t" | "Long64_t" | "int64_t" => Element::I64,
        "unsigned long" | "unsigned long long" | "ULong_t" | "ULong64_t" | "uint64_t"
        | "size_t" => Element::U64,
        "float" | "Float_t" => Element::F32,
        "double" | "Double_t" => Element::F64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_vectors() {
        assert_eq!(vector_of("vector<float>"), Some("float"));
        assert_eq!(
            vector_of("std::vector<unsigned int,allocator<unsigned int> >"),
            Some("unsigned int")
        );
        assert_eq!(
            vector_of("vector<vector<int> >").and_then(vector_of),
            Some("int")
        );
        assert_eq!(vector_of("map<int,int>"), None);
        assert_eq!(element_of("unsigned int"), Some(Element::U32));
        assert_eq!(element_of("Double32_t"), None);
    }
}
