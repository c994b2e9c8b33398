//! The names and numbers that ROOT has for types.

use std::borrow::Cow;

use super::packed::Packing;
use crate::branch::Element;

/// Numbers of `TStreamerInfo::EReadWrite` that say how a member is stored.
pub(super) mod stored_as {
    pub const NOTHING: i32 = -1;
    pub const BASE: i32 = 0;
    pub const COUNTER: i32 = 6;
    pub const CHARS: i32 = 7;
    pub const BITS: i32 = 15;
    pub const ARRAY: i32 = 20;
    pub const POINTER: i32 = 40;
    pub const OBJECT: i32 = 61;
    pub const ANY: i32 = 62;
    pub const OBJECT_THERE: i32 = 63;
    pub const OBJECT_POINTER: i32 = 64;
    pub const TSTRING: i32 = 65;
    pub const TOBJECT: i32 = 66;
    pub const TNAMED: i32 = 67;
    pub const ANY_THERE: i32 = 68;
    pub const ANY_POINTER: i32 = 69;
    pub const ANY_POINTER_OLD: i32 = 70;
    pub const OBJECTS: i32 = 81;
    pub const ANYS: i32 = 82;
    pub const COLLECTION: i32 = 300;
    pub const TEXT: i32 = 365;
    pub const CUSTOM: i32 = 500;
    pub const LOOP: i32 = 501;
}

/// The basic types of `TStreamerInfo::EReadWrite`; true for the reduced floating-point types.
pub(super) fn basic(streamer_type: i32) -> Option<(Element, bool)> {
    let element = match streamer_type {
        1 | 10 => Element::I8,
        2 => Element::I16,
        3 | 6 => Element::I32,
        4 | 16 => Element::I64,
        5 => Element::F32,
        8 => Element::F64,
        9 => return Some((Element::F64, true)),
        11 => Element::U8,
        12 => Element::U16,
        13 => Element::U32,
        14 | 17 => Element::U64,
        18 => Element::Bool,
        19 => return Some((Element::F32, true)),
        _ => return None,
    };
    Some((element, false))
}

/// Collections of one type that ROOT stores as a count and the elements.
const COLLECTIONS: [&str; 10] = [
    "vector",
    "set",
    "list",
    "deque",
    "multiset",
    "unordered_set",
    "unordered_multiset",
    "forward_list",
    "ROOT::VecOps::RVec",
    "ROOT::RVec",
];

/// `T` of `vector<T>` and the like, with or without `std::` and what follows after `T`.
pub(super) fn collection_of(type_name: &str) -> Option<&str> {
    let name = type_name.trim();
    let name = name.strip_prefix("std::").unwrap_or(name);
    let (outside, inside) = name.strip_suffix('>')?.split_once('<')?;
    if !COLLECTIONS.contains(&outside) {
        return None;
    }
    let mut depth = 0;
    let end = inside.find(|c| {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => (),
        }
        c == ',' && depth == 0
    });
    Some(inside[..end.unwrap_or(inside.len())].trim())
}

/// Collections of pairs, which ROOT stores as it stores lists of them.
const MAPS: [&str; 4] = ["map", "multimap", "unordered_map", "unordered_multimap"];

/// The elements of a collection: `T` of `vector<T>`, `pair<K,V>` of `map<K,V>`.
pub(super) fn elements_of(type_name: &str) -> Option<Cow<'_, str>> {
    if let Some(inside) = collection_of(type_name) {
        return Some(Cow::Borrowed(inside));
    }
    let name = type_name.trim();
    let name = name.strip_prefix("std::").unwrap_or(name);
    let (outside, inside) = name.strip_suffix('>')?.split_once('<')?;
    if !MAPS.contains(&outside) {
        return None;
    }
    let mut depth = 0;
    let mut commas = inside.char_indices().filter(|(_, c)| {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => (),
        }
        *c == ',' && depth == 0
    });
    commas.next()?;
    // What follows the second is how they are ordered.
    let end = commas.next().map_or(inside.len(), |(at, _)| at);
    Some(Cow::Owned(format!("pair<{}>", inside.get(..end)?.trim())))
}

/// Whether a C++ type is that of a text.
pub(super) fn is_text(type_name: &str) -> bool {
    matches!(type_name, "string" | "std::string" | "TString")
}

/// How a number of this C++ type is stored.
pub(super) fn stored(type_name: &str) -> Option<(Element, Option<Packing>)> {
    let element = match type_name.strip_prefix("std::").unwrap_or(type_name) {
        "bool" | "Bool_t" => Element::Bool,
        "char" | "signed char" | "Char_t" | "int8_t" => Element::I8,
        "unsigned char" | "UChar_t" | "uint8_t" => Element::U8,
        "short" | "Short_t" | "int16_t" => Element::I16,
        "unsigned short" | "UShort_t" | "uint16_t" => Element::U16,
        "int" | "Int_t" | "int32_t" => Element::I32,
        "unsigned int" | "unsigned" | "UInt_t" | "uint32_t" => Element::U32,
        "long" | "long long" | "Long_t" | "Long64_t" | "int64_t" => Element::I64,
        "unsigned long" | "unsigned long long" | "ULong_t" | "ULong64_t" | "uint64_t" | "size_t" => Element::U64,
        "float" | "Float_t" => Element::F32,
        "double" | "Double_t" => Element::F64,
        "Double32_t" => return Some((Element::F64, Some(Packing::Float))),
        "Float16_t" => return Some((Element::F32, Some(Packing::Mantissa { bits: 12 }))),
        _ => return None,
    };
    Some((element, None))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_of_collections() {
        assert_eq!(collection_of("vector<float>"), Some("float"));
        assert_eq!(collection_of("std::vector<unsigned int,allocator<unsigned int> >"), Some("unsigned int"));
        assert_eq!(collection_of("vector<vector<int> >").and_then(collection_of), Some("int"));
        assert_eq!(collection_of("vector<pair<int,int> >"), Some("pair<int,int>"));
        assert_eq!(collection_of("map<int,int>"), None);
        assert_eq!(elements_of("map<int,vector<float> >").unwrap(), "pair<int,vector<float>>");
        assert_eq!(elements_of("std::map<int,float,std::less<int>>").unwrap(), "pair<int,float>");
        assert_eq!((elements_of("set<int>").unwrap(), elements_of("map<int>")), ("int".into(), None));
        assert_eq!(stored("unsigned int"), Some((Element::U32, None)));
        assert_eq!(stored("string"), None);
    }
}
