//! What the descriptions in a Parquet file hold, by the numbers of their fields
//! (<https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>). The Parquet library takes a field
//! for what its number says, whatever type the bytes give it, and makes room for the children that a schema announces
//! before it looks for them. Before it reads a description, `thrift` walks it by these tables: what the library sees is then
//! what was seen here.

use self::Holds::{Bytes, Flag, List, Real, Struct, Whole};
use super::thrift::{Odd, Walk, kind};

/// What a field holds, or an element of a list.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    Flag,
    /// A whole number; one byte is a type of its own.
    Whole,
    Byte,
    Real,
    Bytes,
    List(&'static Holds),
    /// Fields by their numbers; of others nothing is asked.
    Struct(&'static [(i64, Holds)]),
}

/// `LogicalType`: the others of this union are empty.
const LOGICAL: Holds = Struct(&[
    (5, Struct(&[(1, Whole), (2, Whole)])),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Holds::Byte), (2, Flag)])),
    (16, Struct(&[(1, Holds::Byte)])),
    (17, Struct(&[(1, Bytes)])),
    (18, Struct(&[(1, Bytes), (2, Whole)])),
]);

/// `TimeType` and `TimestampType`.
const TIME: Holds = Struct(&[(1, Flag), (2, Struct(&[(1, Struct(&[])), (2, Struct(&[])), (3, Struct(&[]))]))]);

/// `SchemaElement`.
const ELEMENT: Holds = Struct(&[
    (1, Whole),
    (2, Whole),
    (3, Whole),
    (4, Bytes),
    (CHILDREN, Whole),
    (6, Whole),
    (7, Whole),
    (8, Whole),
    (9, Whole),
    (10, LOGICAL),
]);

/// The field of a `SchemaElement` that says how many of the next ones are below it.
const CHILDREN: i64 = 5;

/// `Statistics`.
const STATISTICS: Holds =
    Struct(&[(1, Bytes), (2, Bytes), (3, Whole), (4, Whole), (5, Bytes), (6, Bytes), (7, Flag), (8, Flag), (9, Whole)]);

/// `BoundingBox`.
const BOX: Holds = Struct(&[(1, Real), (2, Real), (3, Real), (4, Real), (5, Real), (6, Real), (7, Real), (8, Real)]);

/// `KeyValue`.
const PAIR: Holds = Struct(&[(1, Bytes), (2, Bytes)]);

/// `ColumnMetaData`, with `PageEncodingStats`, `SizeStatistics` and `GeospatialStatistics`.
const COLUMN: Holds = Struct(&[
    (1, Whole),
    (2, List(&Whole)),
    (3, List(&Bytes)),
    (4, Whole),
    (5, Whole),
    (6, Whole),
    (7, Whole),
    (8, List(&PAIR)),
    (9, Whole),
    (10, Whole),
    (11, Whole),
    (12, STATISTICS),
    (13, List(&Struct(&[(1, Whole), (2, Whole), (3, Whole)]))),
    (14, Whole),
    (15, Whole),
    (16, Struct(&[(1, Whole), (2, List(&Whole)), (3, List(&Whole))])),
    (17, Struct(&[(1, BOX), (2, List(&Whole))])),
]);

/// `ColumnChunk`.
const CHUNK: Holds =
    Struct(&[(1, Bytes), (2, Whole), (3, COLUMN), (4, Whole), (5, Whole), (6, Whole), (7, Whole), (9, Bytes)]);

/// `RowGroup`, with `SortingColumn`.
const GROUP: Holds = Struct(&[
    (1, List(&CHUNK)),
    (2, Whole),
    (3, Whole),
    (4, List(&Struct(&[(1, Whole), (2, Flag), (3, Flag)]))),
    (5, Whole),
    (6, Whole),
    (7, Whole),
]);

/// `FileMetaData`.
const FILE: &[(i64, Holds)] = &[
    (1, Whole),
    (SCHEMA, List(&ELEMENT)),
    (3, Whole),
    (4, List(&GROUP)),
    (5, List(&PAIR)),
    (6, Bytes),
    (7, List(&Struct(&[(1, Struct(&[])), (2, Struct(&[]))]))),
    (9, Bytes),
];

/// The field of a `FileMetaData` that is its schema.
const SCHEMA: i64 = 2;

/// `PageHeader`; its fields 5, 7 and 8 are the next three.
pub(super) const PAGE: &[(i64, Holds)] = &[(1, Whole), (2, Whole), (3, Whole), (4, Whole), (6, Struct(&[]))];

/// `DataPageHeader`.
pub(super) const FIRST: Holds = Struct(&[(1, Whole), (2, Whole), (3, Whole), (4, Whole), (5, STATISTICS)]);

/// `DictionaryPageHeader`.
pub(super) const DICTIONARY: Holds = Struct(&[(1, Whole), (2, Whole), (3, Flag)]);

/// `DataPageHeaderV2`.
pub(super) const SECOND: Holds =
    Struct(&[(1, Whole), (2, Whole), (3, Whole), (4, Whole), (5, Whole), (6, Whole), (7, Flag), (8, STATISTICS)]);

/// Walks the description of a file. The children of all elements of its schema must be among these.
pub(super) fn check(bytes: &[u8]) -> Result<(), Odd> {
    let (mut elements, mut children) = (0_i64, 0_i64);
    Walk::new(bytes).fields(|walk, field, is| {
        if (field, is) != (SCHEMA, kind::LIST) {
            return walk.expect_field(field, is, FILE).map(drop);
        }
        let (n, is) = walk.list()?;
        (0..n).try_for_each(|_| {
            let mut element = [0; CHILDREN as usize];
            walk.wholes(is, &ELEMENT, &mut element)?;
            elements += 1;
            // The library takes the lower half of what is written.
            let [.., below] = element;
            let below = i32::try_from(below).ok().filter(|n| *n >= 0).ok_or(Odd::Wrong)?;
            children = children.checked_add(i64::from(below)).ok_or(Odd::Wrong)?;
            Ok(())
        })
    })?;
    if children < elements.max(1) { Ok(()) } else { Err(Odd::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_children_of_a_schema_are_among_its_elements() {
        // 1: version 2, 2: elements of 4: name "a" (and 5: children).
        let of = |children: &[u8]| {
            let begin = [0x15, 4, 0x19, 0x2c, 0x48, 1, b'a', 0x15];
            [begin.as_slice(), children, &[0, 0x48, 1, b'b', 0, 0]].concat()
        };
        assert_eq!(check(&of(&[2])), Ok(()));
        assert_eq!(check(&of(&[4])), Err(Odd::Wrong));
        assert_eq!(check(&of(&[0xfe, 0xff, 0xff, 0xff, 0x0f])), Err(Odd::Wrong), "two billion");
        assert_eq!(check(&of(&[1])), Err(Odd::Wrong), "-1");
        let long = [0xf7, 0xf9, 0xf9, 0xf9, 0xf9, 0xf9, 0xf9, 0x50];
        assert_eq!(check(&of(&long)), Err(Odd::Wrong), "a number of more than 32 bits, of which some are many");
    }

    #[test]
    fn a_field_is_what_its_number_says() {
        // 1: version, 2: no schema, 3: rows, 4: no row groups.
        let bytes = [0x15, 4, 0x19, 0x0c, 0x16, 2, 0x19, 0x0c, 0];
        assert_eq!(check(&bytes), Ok(()));
        for (at, is) in [(0, kind::BINARY), (2, kind::STRUCT), (4, kind::DOUBLE), (6, kind::I64)] {
            let mut lies = [bytes.as_slice(), &[0; 16]].concat();
            lies[at] = lies[at] & 0xf0 | is;
            assert_eq!(check(&lies), Err(Odd::Wrong), "{at}");
        }
        // The elements of a list too; and the number 65,538 is not 2.
        assert_eq!(check(&[0x15, 4, 0x19, 0x15, 2, 0]), Err(Odd::Wrong));
        assert_eq!(check(&[0x05, 0x84, 0x80, 0x08, 2, 0]), Err(Odd::Wrong));
        assert_eq!(check(&[0x05, 0xc8, 0x01, 2, 0]), Ok(()), "field 100 is none of these");
    }
}
