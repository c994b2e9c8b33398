//! The descriptions of classes in a file (`TStreamerInfo` version 9): generated from the tables in `classes`, so that
//! programs without these classes can read the file.

use std::collections::BTreeSet;

use super::buffer::Buffer;
use super::classes::{ALL, Basic, Class, Member};

/// Sizes in memory, which ROOT computes anew for classes that it has.
const AXIS_SIZE: i32 = 216;
const ARRAY_SIZE: i32 = 24;
const STRING_SIZE: i32 = 24;
const POINTER_SIZE: i32 = 8;

/// Codes of `TStreamerInfo::EReadWrite`.
const BASE: i32 = 0;
const OFFSET_P: i32 = 40;
const OBJECT: i32 = 61;
const ANY: i32 = 62;
const OBJECT_IN_PLACE: i32 = 63;
const OBJECT_POINTER: i32 = 64;
const TSTRING: i32 = 65;
const TOBJECT: i32 = 66;
const TNAMED: i32 = 67;

/// Writes the descriptions (a `TList` version 5) of the named classes and of all that they are made of.
pub(super) fn encode(buffer: &mut Buffer, written: &BTreeSet<&'static str>) {
    let mut needed = Vec::new();
    for class in ALL {
        if written.contains(class.name) {
            collect(class, &mut needed);
        }
    }
    buffer.versioned(5, |buffer| {
        buffer.object(0, 0);
        buffer.string("");
        buffer.count(needed.len());
        for class in &needed {
            buffer.pointer("TStreamerInfo", |buffer| info(buffer, class));
            buffer.string("");
        }
    });
}

/// Adds the class behind those that it is made of.
fn collect(class: &'static Class, needed: &mut Vec<&'static Class>) {
    if !class.described || needed.iter().any(|known| known.name == class.name) {
        return;
    }
    for member in class.members {
        match member {
            Member::Base(part) | Member::Object(part, _) | Member::InPlace(part, _) | Member::Pointer(part, _) => {
                collect(part, needed)
            }
            Member::Text(_) => collect(&super::classes::TSTRING, needed),
            Member::Basic(..) | Member::Enum(..) | Member::Array(_) | Member::Counted { .. } => {}
        }
    }
    needed.push(class);
}

/// `TStreamerInfo` version 9.
fn info(buffer: &mut Buffer, class: &Class) {
    buffer.versioned(9, |buffer| {
        buffer.named(0, class.name, "");
        buffer.u32(class.checksum);
        buffer.i32s(&[i32::from(class.version)]);
        // fElements: a TObjArray version 3, whose last number is the lower bound.
        buffer.pointer("TObjArray", |buffer| {
            buffer.versioned(3, |buffer| {
                buffer.object(0, 0);
                buffer.string("");
                buffer.count(class.members.len());
                buffer.i32s(&[0]);
                for member in class.members {
                    element(buffer, class, member);
                }
            });
        });
    });
}

/// One member: a descendant of `TStreamerElement`.
fn element(buffer: &mut Buffer, class: &Class, member: &Member) {
    match *member {
        Member::Base(base) => buffer.pointer("TStreamerBase", |buffer| {
            buffer.versioned(3, |buffer| {
                let code = match base.name {
                    "TObject" => TOBJECT,
                    "TNamed" => TNAMED,
                    _ => BASE,
                };
                // The checksum of a base is kept in fMaxIndex[0].
                let index = base.checksum.cast_signed();
                common(buffer, base.name, base.title, (code, 0), index, "BASE");
                buffer.i32s(&[i32::from(base.version)]);
            });
        }),
        Member::Basic(basic, name) => {
            let (code, size, type_name) = of_basic(basic);
            basic_type(buffer, name, (code, size), type_name);
        }
        Member::Enum(type_name, name) => {
            let (code, size, _) = of_basic(Basic::Int);
            basic_type(buffer, name, (code, size), type_name);
        }
        Member::Text(name) => buffer.pointer("TStreamerString", |buffer| {
            buffer.versioned(2, |buffer| {
                common(buffer, name, "", (TSTRING, STRING_SIZE), 0, "TString");
            });
        }),
        Member::Object(part, name) => buffer.pointer("TStreamerObject", |buffer| {
            buffer.versioned(2, |buffer| {
                common(buffer, name, "", (OBJECT, AXIS_SIZE), 0, part.name);
            });
        }),
        Member::Array(name) => buffer.pointer("TStreamerObjectAny", |buffer| {
            buffer.versioned(2, |buffer| {
                common(buffer, name, "", (ANY, ARRAY_SIZE), 0, "TArrayD");
            });
        }),
        Member::InPlace(part, name) => {
            object_pointer(buffer, name, "->", OBJECT_IN_PLACE, part.name);
        }
        Member::Pointer(part, name) => {
            object_pointer(buffer, name, "", OBJECT_POINTER, part.name);
        }
        Member::Counted { name, count } => buffer.pointer("TStreamerBasicPointer", |buffer| {
            buffer.versioned(2, |buffer| {
                let (code, ..) = of_basic(Basic::Double);
                let code = (code + OFFSET_P, POINTER_SIZE);
                let title = format!("[{count}]");
                common(buffer, name, &title, code, 0, "double*");
                buffer.i32s(&[i32::from(class.version)]);
                buffer.string(count);
                buffer.string(class.name);
            });
        }),
    }
}

fn basic_type(buffer: &mut Buffer, name: &str, code: (i32, i32), type_name: &str) {
    buffer.pointer("TStreamerBasicType", |buffer| {
        buffer.versioned(2, |buffer| {
            common(buffer, name, "", code, 0, type_name);
        });
    });
}

fn object_pointer(buffer: &mut Buffer, name: &str, title: &str, code: i32, class: &str) {
    buffer.pointer("TStreamerObjectPointer", |buffer| {
        buffer.versioned(2, |buffer| {
            let type_name = format!("{class}*");
            common(buffer, name, title, (code, POINTER_SIZE), 0, &type_name);
        });
    });
}

/// `TStreamerElement` version 4. `code` is what it is and its size.
fn common(buffer: &mut Buffer, name: &str, title: &str, (code, size): (i32, i32), index: i32, type_name: &str) {
    buffer.versioned(4, |buffer| {
        buffer.named(0, name, title);
        buffer.i32s(&[code, size]);
        // fArrayLength, fArrayDim, fMaxIndex.
        buffer.i32s(&[0, 0, index, 0, 0, 0, 0]);
        buffer.string(type_name);
    });
}

/// Code, size in bytes and name of a basic type.
fn of_basic(basic: Basic) -> (i32, i32, &'static str) {
    match basic {
        Basic::Short => (2, 2, "short"),
        Basic::Int => (3, 4, "int"),
        Basic::Float => (5, 4, "float"),
        Basic::Count => (6, 4, "int"),
        Basic::Double => (8, 8, "double"),
        Basic::UnsignedShort => (12, 2, "unsigned short"),
        Basic::Unsigned => (13, 4, "unsigned int"),
        Basic::Bits => (15, 4, "unsigned int"),
        Basic::Bool => (18, 1, "bool"),
    }
}
