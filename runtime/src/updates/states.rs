//! What rules remember of values from step to step.

/// The largest number of [`StateNames`].
pub const MAX_STATES: usize = 4;

/// What a rule remembers of some values, each state in the place of its name; the others are empty.
pub type States<'a, T> = [&'a mut [T]; MAX_STATES];

/// The names of what a rule remembers of each value, at most [`MAX_STATES`]. In a [checkpoint](crate::io::checkpoint) they
/// tell a rule's memory from another's.
///
/// ```
/// use layercake::updates::{Adam, Rule, StateNames};
///
/// const MEAN_AND_SQUARE: StateNames = StateNames::NONE.and("mean").and("mean_square");
/// assert_eq!(Adam::STATES, MEAN_AND_SQUARE);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateNames {
    names: [&'static str; MAX_STATES],
    count: usize,
}

impl StateNames {
    /// A rule that remembers nothing.
    pub const NONE: Self = StateNames { names: [""; MAX_STATES], count: 0 };

    /// These and one more. While the crate compiles it is an error if it is one too many.
    pub const fn and(mut self, name: &'static str) -> Self {
        assert!(self.count < MAX_STATES, "a rule has at most MAX_STATES states");
        self.names[self.count] = name;
        self.count += 1;
        self
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "a count of states")]
    pub const fn len(self) -> usize {
        self.count
    }

    /// All of them, a name that comes again with its number: `velocity`, `velocity2`.
    pub(crate) fn distinct(self) -> impl Iterator<Item = String> {
        (0..self.count).map(move |state| {
            let name = self.names[state];
            match self.names[..state].iter().filter(|&&earlier| earlier == name).count() {
                0 => name.to_owned(),
                earlier => format!("{name}{}", earlier + 1),
            }
        })
    }
}

/// Splits the states that are there.
#[inline(always)]
pub(super) fn split<T>(states: States<'_, T>, middle: usize) -> (States<'_, T>, States<'_, T>) {
    let [a, b, c, d] = states.map(|state| {
        let middle = middle.min(state.len());
        state.split_at_mut(middle)
    });
    ([a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let names = StateNames::NONE.and("velocity").and("mean").and("velocity").and("velocity");
        assert_eq!(names.distinct().collect::<Vec<_>>(), ["velocity", "mean", "velocity2", "velocity3"]);
        assert_eq!((StateNames::NONE.distinct().count(), names.len()), (0, 4));
    }
}
