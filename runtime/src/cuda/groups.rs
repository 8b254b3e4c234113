//! Groups of values along an axis, reduced to one value each.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::GROUPS;
use super::memory::{Slice, SliceMut};
use super::pooling::Winners;
use super::program::Program;
use crate::Real;
use crate::geometry::Groups;

/// From how many members on that lie side by side a warp shares a group.
const LINE: usize = 32;

/// Which member wins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extreme {
    Largest,
    Smallest,
}

fn program<T: Real>(groups: &Groups, extreme: Extreme, scale: f64) -> Program {
    Program::new::<T>(&GROUPS)
        .int("MEMBERS", groups.members)
        .int("INNER", groups.inner)
        .int("SMALLEST", usize::from(extreme == Extreme::Smallest))
        .real("SCALE", scale)
}

/// Who computes: a warp for each group, or a thread.
fn each<'a>(groups: &Groups, count: usize, [thread, warp]: [&'a str; 2]) -> (&'a str, Grid) {
    if groups.inner == 1 && groups.members >= LINE {
        (warp, Grid::rows(count))
    } else {
        (thread, Grid::over(count))
    }
}

impl Cuda {
    /// The member of each group that wins over all others; and which it was if that is asked for.
    pub(crate) fn pick<T: Real>(
        &self,
        groups: &Groups,
        extreme: Extreme,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
        winners: Option<&mut Winners>,
    ) {
        let winners = winners.map_or(Argument::NONE, |winners| winners.of_len(self, y.len));
        let (kernel, grid) = each(groups, y.len, ["pick", "pick_lines"]);
        let arguments = [x.into(), y.into(), winners, (y.len as u64).into()];
        self.launch(&program::<T>(groups, extreme, 1.0), kernel, grid, &arguments);
    }

    /// The sum of each group, times `scale`.
    pub(crate) fn sum_groups<T: Real>(
        &self,
        groups: &Groups,
        scale: f64,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let (kernel, grid) = each(groups, y.len, ["sum", "sum_lines"]);
        let arguments = [x.into(), y.into(), (y.len as u64).into()];
        self.launch(&program::<T>(groups, Extreme::Largest, scale), kernel, grid, &arguments);
    }

    /// Sets the winner of each group to the value for the group, all other members to zero.
    pub(crate) fn give_to_winners<T: Real>(
        &self,
        groups: &Groups,
        values: Slice<'_, T>,
        winners: &Winners,
        to: &SliceMut<'_, T>,
    ) {
        let arguments = [values.into(), winners.first(values.len), to.into(), (to.len as u64).into()];
        let program = program::<T>(groups, Extreme::Largest, 1.0);
        self.launch(&program, "give_to_winners", Grid::over(to.len), &arguments);
    }

    /// Sets each member of a group to the value for the group, times `scale`.
    pub(crate) fn give_to_all<T: Real>(
        &self,
        groups: &Groups,
        scale: f64,
        values: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        let arguments = [values.into(), to.into(), (to.len as u64).into()];
        let program = program::<T>(groups, Extreme::Largest, scale);
        self.launch(&program, "give_to_all", Grid::over(to.len), &arguments);
    }

    /// Keeps the largest member of each group, and sets all others to zero; and which it was if that is asked for.
    pub(crate) fn pick_and_keep<T: Real>(
        &self,
        groups: &Groups,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
        winners: Option<&mut Winners>,
    ) {
        let count = y.len / groups.members;
        let winners = winners.map_or(Argument::NONE, |winners| winners.of_len(self, count));
        let arguments = [x.into(), y.into(), winners, (count as u64).into()];
        let program = program::<T>(groups, Extreme::Largest, 1.0);
        self.launch(&program, "pick_and_keep", Grid::over(count), &arguments);
    }

    /// Keeps the winner of each group, and sets all other members to zero.
    pub(crate) fn keep_winners<T: Real>(
        &self,
        groups: &Groups,
        from: Slice<'_, T>,
        winners: &Winners,
        to: &SliceMut<'_, T>,
    ) {
        let kept = to.len / groups.members;
        let from = Argument::array::<T>(from.pointer, kept);
        let arguments = [from, winners.first(kept), to.into(), (to.len as u64).into()];
        self.launch(&program::<T>(groups, Extreme::Largest, 1.0), "keep", Grid::over(to.len), &arguments);
    }
}
