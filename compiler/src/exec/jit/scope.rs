//! What is known by number in the blocks around the current place.

/// Contents by number; those set in a block are forgotten behind it.
pub(super) struct Scoped<T> {
    current: Vec<Option<T>>,
    replaced: Vec<(usize, Option<T>)>,
}

impl<T: Clone> Scoped<T> {
    /// Nothing known, of so many numbers.
    pub(super) fn new(len: usize) -> Scoped<T> {
        Scoped { current: vec![None; len], replaced: Vec::new() }
    }

    /// The content, if it is known here.
    pub(super) fn get(&self, number: u32) -> Option<T> {
        self.current.get(number as usize).cloned().flatten()
    }

    /// Makes a content known to the rest of the block and to the blocks in it.
    pub(super) fn set(&mut self, number: u32, content: T) {
        if let Some(place) = self.current.get_mut(number as usize) {
            self.replaced.push((number as usize, place.replace(content)));
        }
    }

    /// The start of a block, to be given to [`Scoped::leave`].
    pub(super) fn enter(&self) -> usize {
        self.replaced.len()
    }

    /// The end of that block.
    pub(super) fn leave(&mut self, start: usize) {
        for (number, before) in self.replaced.drain(start..).rev() {
            self.current[number] = before;
        }
    }
}
