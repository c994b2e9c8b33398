//! Lists of lists in a tree: branches of `vector<vector<T>>` that are not split, as `TTree::Branch` makes them of such a
//! vector (`TBranchElement` version 10 with a `TLeafElement` version 1; `TBranchElement::Streamer`).

use super::buffer::Buffer;
use super::columns::Branch;
use crate::Element;

/// The version in front of an entry: that of `TStreamerInfo`, as ROOT 6.24 has it.
const VERSION: u16 = 9;
/// What ROOT has for the version of a collection.
const CLASS_VERSION: u16 = 6;
/// Marks a byte count (`kByteCountMask`).
const BYTE_COUNT: u32 = 0x4000_0000;

/// Appends the entries: byte count, version, number of lists, and each list as its number of values and these. `values`
/// are the big-endian bytes of all values, each of `width` bytes. Gives the bytes of each entry.
pub(super) fn entries(data: &mut Vec<u8>, lists: &[u32], sizes: &[u32], values: &[u8], width: usize) -> Vec<usize> {
    let (mut sizes, mut values) = (sizes.iter(), values);
    let entry = |number: &u32| {
        let begin = data.len();
        data.extend([0; 4]);
        data.extend(VERSION.to_be_bytes());
        data.extend(number.to_be_bytes());
        for size in sizes.by_ref().take(*number as usize) {
            let (list, rest) = values.split_at((*size as usize).saturating_mul(width).min(values.len()));
            values = rest;
            data.extend(size.to_be_bytes());
            data.extend(list);
        }
        let bytes = data.len() - begin;
        if let Some(place) = data.get_mut(begin..begin + 4) {
            place.copy_from_slice(&(BYTE_COUNT | (bytes - 4) as u32).to_be_bytes());
        }
        bytes
    };
    lists.iter().map(entry).collect()
}

/// The branch around its `TBranch`, which `base` writes.
pub(super) fn branch(buffer: &mut Buffer, branch: &Branch, base: impl FnOnce(&mut Buffer)) {
    let class = class_name(branch.element);
    buffer.pointer("TBranchElement", |buffer| {
        buffer.versioned(10, |buffer| {
            base(buffer);
            // Its class; no parent, and no class of clones.
            for name in [class.as_str(), "", ""] {
                buffer.string(name);
            }
            buffer.u32(check_sum(&class));
            buffer.u16(CLASS_VERSION);
            // Its number in a class, its type, that of its streamer, the most elements of a split collection, and the
            // branches that count: none of these, since it is a whole object.
            buffer.i32s(&[-1, 0, -1, 0, 0, 0]);
        });
    });
}

/// The leaf of the branch.
pub(super) fn leaf(buffer: &mut Buffer, branch: &Branch, bits: u32) {
    buffer.pointer("TLeafElement", |buffer| {
        buffer.versioned(1, |buffer| {
            buffer.versioned(2, |buffer| {
                buffer.named(bits, &branch.name, title(&branch.name));
                buffer.i32s(&[1, 0, 0]);
                buffer.u8(0);
                buffer.u8(0);
                buffer.u32(0);
            });
            buffer.i32s(&[-1, -1]);
        });
    });
}

/// A title of which no reader takes a part for a dimension: `Jet.Tau` of `Jet.Tau[5]`.
pub(super) fn title(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

fn class_name(element: Element) -> String {
    let name = match element {
        Element::Bool => "bool",
        Element::I8 => "char",
        Element::U8 => "unsigned char",
        Element::I16 => "short",
        Element::U16 => "unsigned short",
        Element::I32 => "int",
        Element::U32 => "unsigned int",
        Element::I64 => "Long64_t",
        Element::U64 => "ULong64_t",
        Element::F32 => "float",
        Element::F64 => "double",
    };
    format!("vector<vector<{name}> >")
}

/// Of a collection the checksum of its name (`TClass::GetCheckSum`).
fn check_sum(class: &str) -> u32 {
    class.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(3).wrapping_add(u32::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_its_lists() {
        let mut data = Vec::new();
        let bytes = entries(&mut data, &[2, 0], &[1, 0], &[7, 8], 2);
        let first = [0x40, 0, 0, 16, 0, 9, 0, 0, 0, 2, 0, 0, 0, 1, 7, 8, 0, 0, 0, 0];
        assert_eq!(data, [&first[..], &[0x40, 0, 0, 6, 0, 9, 0, 0, 0, 0]].concat());
        assert_eq!(bytes, [20, 10]);
    }

    #[test]
    fn checksums_are_those_of_root() {
        assert_eq!(check_sum(&class_name(Element::F32)), 0x8165_d920);
        assert_eq!(check_sum(&class_name(Element::U64)), 0xf0ef_de20);
    }
}
