//! Lists of lists (ROOT: `vector<vector<float>>`, Parquet: a list of lists): a kernel sees the numbers of an event one
//! after the other, and for each inner list where among them it begins and ends. Made with the segment that holds them.

/// What of a column of lists of lists an input reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// The numbers of an event, those of one inner list after those of another; of any other column the column itself.
    Numbers,
    /// For each inner list, where it begins among the event's numbers.
    Begins,
    /// For each inner list, where it ends.
    Ends,
}

const NUMBERS: &str = "[]";
const BEGINS: &str = "[begin]";
const ENDS: &str = "[end]";

impl Level {
    /// The name by which an input reads this of a column of lists of lists.
    #[must_use]
    pub fn of(self, column: &str) -> String {
        let suffix = match self {
            Level::Numbers => NUMBERS,
            Level::Begins => BEGINS,
            Level::Ends => ENDS,
        };
        format!("{column}{suffix}")
    }
}

/// The column that an input reads by this name, and what of its lists of lists; none for a column that is read as it is.
#[must_use]
pub fn level(name: &str) -> (&str, Option<Level>) {
    for (suffix, level) in [(NUMBERS, Level::Numbers), (BEGINS, Level::Begins), (ENDS, Level::Ends)] {
        if let Some(column) = name.strip_suffix(suffix) {
            return (column, Some(level));
        }
    }
    (name, None)
}

/// Where the lists of a segment are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Per event its first list, and the number of lists.
    lists: Vec<u32>,
    /// Per event its first number, and the number of numbers.
    numbers: Vec<u32>,
    /// Per list where it begins among the numbers of its event; one more item, for compiled code.
    begins: Vec<u32>,
    /// Per list where it ends; one more item.
    ends: Vec<u32>,
}

impl Places {
    /// From `lists`, which index into `inner`, which index into the numbers: both begin with 0, never decrease, and end
    /// with the number of what they index into. None otherwise.
    pub(crate) fn new(lists: &[u32], inner: &[u32]) -> Option<Places> {
        let count = inner.len().checked_sub(1)?;
        let whole = |ends: &[u32]| ends.first() == Some(&0) && ends.is_sorted();
        if !whole(lists) || !whole(inner) || lists.last().map(|n| *n as usize) != Some(count) {
            return None;
        }
        let numbers = lists.iter().map(|at| inner.get(*at as usize).copied()).collect::<Option<Vec<u32>>>()?;
        let (mut begins, mut ends) = (Vec::with_capacity(count + 1), Vec::with_capacity(count + 1));
        for (event, first) in lists.windows(2).zip(&numbers) {
            let own = inner.get(event[0] as usize..=event[1] as usize)?;
            begins.extend(own[..own.len() - 1].iter().map(|at| at - first));
            ends.extend(own[1..].iter().map(|at| at - first));
        }
        begins.push(0);
        ends.push(0);
        Some(Places { lists: lists.to_vec(), numbers, begins, ends })
    }

    /// Per event the first of its lists, or of its numbers.
    pub(crate) fn starts(&self, level: Level) -> &[u32] {
        match level {
            Level::Numbers => &self.numbers,
            Level::Begins | Level::Ends => &self.lists,
        }
    }

    /// Where the lists begin or end; none for the numbers, which are not here.
    pub(crate) fn places(&self, level: Level) -> Option<&[u32]> {
        let all = match level {
            Level::Numbers => return None,
            Level::Begins => &self.begins,
            Level::Ends => &self.ends,
        };
        all.split_last().map(|(_, places)| places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_lists_are_places_among_the_numbers_of_an_event() {
        // Events: [[1, 2], []], [], [[3], [4, 5, 6]].
        let places = Places::new(&[0, 2, 2, 4], &[0, 2, 2, 3, 6]);
        let starts = |level| places.as_ref().map(|p| p.starts(level).to_vec());
        let found = |level| places.as_ref().and_then(|p| p.places(level)).map(<[u32]>::to_vec);
        assert_eq!(starts(Level::Numbers), Some(vec![0, 2, 2, 6]));
        assert_eq!(starts(Level::Begins), Some(vec![0, 2, 2, 4]));
        assert_eq!(found(Level::Numbers), None);
        assert_eq!(found(Level::Begins), Some(vec![0, 2, 0, 1]));
        assert_eq!(found(Level::Ends), Some(vec![2, 2, 1, 4]));
    }

    #[test]
    fn offsets_that_do_not_follow_each_other_are_none() {
        assert!(Places::new(&[0, 1], &[0, 2, 1]).is_none());
        assert!(Places::new(&[0, 3], &[0, 1]).is_none());
        assert!(Places::new(&[1, 1], &[0, 1]).is_none());
        assert!(Places::new(&[0], &[]).is_none());
    }

    #[test]
    fn the_names_of_what_is_read_say_the_column() {
        for of in [Level::Numbers, Level::Begins, Level::Ends] {
            assert_eq!(level(&of.of("Jet.Tau[5]")), ("Jet.Tau[5]", Some(of)));
        }
        assert_eq!(level("Jet.Tau[5]"), ("Jet.Tau[5]", None));
    }
}
