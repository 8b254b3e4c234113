//! Groups of values along an axis, reduced to one value each.

#[cfg(test)]
mod tests;

use crate::Real;
use crate::cpu::gemm::kernels::{Vector, VectorWork};
use crate::cpu::isa::isa;
use crate::geometry::Groups;

/// The member of each group that wins over all others, and its value; the first, where none wins over the other.
#[inline(always)]
pub fn select<T: Real>(
    groups: &Groups,
    wins: impl Fn(T, T) -> bool,
    from: &[T],
    to: &mut [T],
    winners: &mut [u32],
) {
    let inner = groups.inner;
    let to = to.chunks_exact_mut(inner).zip(winners.chunks_exact_mut(inner));
    for (group, (values, winners)) in from.chunks_exact(groups.len()).zip(to) {
        values.copy_from_slice(&group[..inner]);
        winners.fill(0);
        for (number, member) in group.chunks_exact(inner).enumerate().skip(1) {
            for ((&other, value), winner) in member.iter().zip(&mut *values).zip(&mut *winners) {
                let wins = wins(other, *value);
                *value = if wins { other } else { *value };
                *winner = if wins { number as u32 } else { *winner };
            }
        }
    }
}

/// Sets the winner of each group to the value for the group, all other members to zero.
pub fn give_to_winners<T: Real>(groups: &Groups, values: &[T], winners: &[u32], to: &mut [T]) {
    let inner = groups.inner;
    let from = values.chunks_exact(inner).zip(winners.chunks_exact(inner));
    for (group, (values, winners)) in to.chunks_exact_mut(groups.len()).zip(from) {
        group.fill(T::zero());
        for (i, (&value, &winner)) in values.iter().zip(winners).enumerate() {
            group[winner as usize * inner + i] = value;
        }
    }
}

/// Of each group the value of the winner: the reverse of [`give_to_winners`].
pub fn take_winners<T: Real>(groups: &Groups, from: &[T], winners: &[u32], to: &mut [T]) {
    let inner = groups.inner;
    let to = to.chunks_exact_mut(inner).zip(winners.chunks_exact(inner));
    for (group, (to, winners)) in from.chunks_exact(groups.len()).zip(to) {
        for (i, (to, &winner)) in to.iter_mut().zip(winners).enumerate() {
            *to = group[winner as usize * inner + i];
        }
    }
}

/// Keeps the winner of each group, and sets all other members to zero.
pub fn keep_winners<T: Real>(groups: &Groups, from: &[T], winners: &[u32], to: &mut [T]) {
    let inner = groups.inner;
    let from = from.chunks_exact(groups.len()).zip(winners.chunks_exact(inner));
    for (to, (from, winners)) in to.chunks_exact_mut(groups.len()).zip(from) {
        to.fill(T::zero());
        for (i, &winner) in winners.iter().enumerate() {
            let at = winner as usize * inner + i;
            to[at] = from[at];
        }
    }
}

/// The sum of each group, times `scale`.
#[inline(always)]
pub fn sum<T: Real>(groups: &Groups, scale: T, from: &[T], to: &mut [T]) {
    if groups.inner == 1 {
        return T::on_vectors(isa(), Sums { members: groups.members, scale, from, to });
    }
    for (group, sums) in from.chunks_exact(groups.len()).zip(to.chunks_exact_mut(groups.inner)) {
        sums.fill(T::zero());
        for member in group.chunks_exact(groups.inner) {
            sums.iter_mut().zip(member).for_each(|(sum, &value)| *sum += value);
        }
        sums.iter_mut().for_each(|sum| *sum *= scale);
    }
}

/// Sums of values that lie side by side. The compiler makes no vectors of a loop over them.
struct Sums<'a, T> {
    members: usize,
    scale: T,
    from: &'a [T],
    to: &'a mut [T],
}

impl<T: Real> VectorWork<T> for Sums<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        for (group, sum) in self.from.chunks_exact(self.members).zip(self.to) {
            // SAFETY: the caller's contract.
            *sum = unsafe { total::<V>(group) } * self.scale;
        }
    }
}

/// The sum of all values, as four vectors of sums beside each other.
///
/// # Safety
///
/// The processor has the vectors' instruction set.
#[inline(always)]
unsafe fn total<V: Vector>(values: &[V::Element]) -> V::Element {
    // SAFETY: the caller's contract; each vector is within its block, and the masked one as long as what is left.
    unsafe {
        let mut sums = [V::zero(); 4];
        let blocks = values.chunks_exact(4 * V::LANES);
        let rest = blocks.remainder();
        for block in blocks {
            for (vector, sum) in sums.iter_mut().enumerate() {
                *sum = sum.add(V::load(block.as_ptr().add(vector * V::LANES)));
            }
        }
        for rest in rest.chunks(V::LANES) {
            sums[0] = sums[0].add(V::load_masked(rest.as_ptr(), V::mask(rest.len())));
        }
        sums[0].add(sums[1]).add(sums[2].add(sums[3])).total()
    }
}

/// Sets each member of a group to the value for the group, times `scale`.
pub fn give_to_all<T: Real>(groups: &Groups, scale: T, values: &[T], to: &mut [T]) {
    for (group, values) in to.chunks_exact_mut(groups.len()).zip(values.chunks_exact(groups.inner)) {
        if let [value] = *values {
            group.fill(value * scale);
            continue;
        }
        for member in group.chunks_exact_mut(groups.inner) {
            member.iter_mut().zip(values).for_each(|(to, &value)| *to = value * scale);
        }
    }
}
