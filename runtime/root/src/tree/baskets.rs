//! Where the baskets of a branch are and which entries they hold.

use super::objects::{Embedded, RawBranch};

/// Where one basket is.
#[derive(Clone, Debug)]
pub(crate) enum BasketPlace {
    /// A record of the file, of as many bytes as its branch says (`fBasketBytes`; 0 if it does not).
    Record { offset: u64, bytes: u32 },
    /// Inside the tree record.
    Embedded(Embedded),
    /// Nowhere: entries before the first that the branch has.
    Absent,
}

/// Entries before the first of a branch that are told of at once.
const ABSENT: u64 = 1 << 14;
/// More of them are damage.
const MOST_ABSENT: u64 = 1 << 28;

/// The baskets of a branch in entry order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Baskets {
    /// Basket `i` holds entries `borders[i]..borders[i + 1]` of the tree.
    pub borders: Vec<u64>,
    pub places: Vec<BasketPlace>,
}

/// The baskets of a branch of a tree with this many entries, or why they cannot be read, in words.
///
/// A slot whose position in the file is 0 has its basket in the tree record; several are possible in files that were
/// merged or recovered. The basket that was open when the tree was written is in the slot after the last real one.
pub(crate) fn locate(branch: &RawBranch, entries: u64) -> Result<Baskets, String> {
    if !branch.file_name.is_empty() {
        return Err(format!("its data are in another file, {:?}", branch.file_name));
    }
    let mut baskets = Baskets { borders: vec![0], places: vec![] };
    let mut end = match u64::try_from(branch.first_entry) {
        Ok(first) if first <= entries.min(MOST_ABSENT) => first,
        Ok(_) | Err(_) => return Err(format!("it begins at entry {} of {entries}", branch.first_entry)),
    };
    for piece in 1..=end.div_ceil(ABSENT) {
        push(&mut baskets, BasketPlace::Absent, end.min(piece * ABSENT));
    }
    let mut embedded = branch.embedded.iter().peekable();
    for slot in 0..branch.write_basket {
        while embedded.peek().is_some_and(|(s, _)| *s < slot) {
            embedded.next();
        }
        let (Some(first), Some(seek)) = (branch.basket_entry.get(slot), branch.basket_seek.get(slot)) else {
            return Err(format!("it announces {} baskets and lists {slot}", branch.write_basket));
        };
        if u64::try_from(*first) != Ok(end) {
            return Err(format!("basket {slot} begins at entry {first}, the one before ends at {end}"));
        }
        let place = match (u64::try_from(*seek), embedded.peek()) {
            (Ok(0), Some((s, basket))) if *s == slot => BasketPlace::Embedded(basket.clone()),
            (Ok(0) | Err(_), _) => return Err(format!("basket {slot} is not in the file")),
            (Ok(offset), _) => {
                let bytes = branch.basket_bytes.get(slot).copied().unwrap_or(0);
                BasketPlace::Record { offset, bytes: u32::try_from(bytes).unwrap_or(0) }
            }
        };
        let next = match branch.basket_entry.get(slot + 1) {
            Some(next) => u64::try_from(*next).unwrap_or(0),
            None => entries,
        };
        if next < end {
            return Err(format!("basket {slot} ends at entry {next} before it begins"));
        }
        push(&mut baskets, place, next);
        end = next;
    }
    for (slot, basket) in embedded {
        if *slot >= branch.write_basket {
            end += basket.entries as u64;
            push(&mut baskets, BasketPlace::Embedded(basket.clone()), end);
        }
    }
    match end == entries {
        true => Ok(baskets),
        false => Err(format!("it has {end} entries, the tree {entries}")),
    }
}

/// Empty baskets are left out: an entry then has exactly one basket.
fn push(baskets: &mut Baskets, place: BasketPlace, end: u64) {
    if baskets.borders.last() != Some(&end) {
        baskets.borders.push(end);
        baskets.places.push(place);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn basket(entries: usize) -> Embedded {
        Embedded { entries, key_bytes: 0, data: 0..0, offsets: None, sizes: false }
    }

    fn branch(entry: &[i64], seek: &[i64], embedded: Vec<(usize, Embedded)>) -> RawBranch {
        RawBranch {
            write_basket: seek.iter().filter(|s| **s >= 0).count(),
            basket_entry: entry.to_vec(),
            basket_seek: seek.to_vec(),
            embedded,
            ..RawBranch::default()
        }
    }

    #[test]
    fn records_then_the_open_basket() {
        let b = branch(&[0, 10, 20], &[100, 200], vec![(2, basket(5))]);
        let found = locate(&b, 25).unwrap();
        assert_eq!(found.borders, [0, 10, 20, 25]);
        assert!(matches!(found.places[2], BasketPlace::Embedded(_)));
    }

    #[test]
    fn an_embedded_basket_between_records() {
        let b = branch(&[0, 10, 20, 30], &[100, 0, 200], vec![(1, basket(10))]);
        let found = locate(&b, 30).unwrap();
        assert_eq!(found.borders, [0, 10, 20, 30]);
        assert!(matches!(found.places[1], BasketPlace::Embedded(_)));
    }

    #[test]
    fn contradictions_are_told() {
        assert_eq!(locate(&branch(&[0, 10], &[100], vec![]), 11).unwrap_err(), "it has 10 entries, the tree 11");
        assert_eq!(locate(&branch(&[0, 10], &[0], vec![]), 10).unwrap_err(), "basket 0 is not in the file");
        assert!(locate(&branch(&[0, 10, 5], &[1, 2], vec![]), 5).is_err());
        assert_eq!(locate(&branch(&[0], &[], vec![]), 0).unwrap().borders, [0]);
    }
}
