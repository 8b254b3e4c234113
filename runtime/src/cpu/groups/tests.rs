//! Groups against loops over their elements.

use super::*;
use crate::cpu::isa::on_every_set;
use crate::cpu::pool::larger;

const CASES: [(usize, Groups); 6] = [
    (1, Groups { members: 1, inner: 1 }),
    (4, Groups { members: 3, inner: 1 }),
    (1, Groups { members: 37, inner: 1 }),
    (3, Groups { members: 2, inner: 5 }),
    (2, Groups { members: 4, inner: 19 }),
    (2, Groups { members: 1, inner: 3 }),
];

fn values<T: Real>(len: usize) -> Vec<T> {
    (0..len).map(|i| T::of(((i * 29) % 23) as f64 - 9.0)).collect()
}

fn by_definition<T: Real>() {
    on_every_set(|isa| {
        for (outer, groups) in CASES {
            let what = format!("{} {isa} {outer} {groups:?}", T::NAME);
            let Groups { members, inner } = groups;
            let mut from = values::<T>(outer * members * inner);
            from.iter_mut().skip(2).step_by(31).for_each(|value| *value = T::nan());
            let len = outer * inner;
            let of_group = |at: usize| {
                let (group, i) = (at / inner, at % inner);
                (0..members).map(move |member| (group * members + member) * inner + i)
            };

            let (mut found, mut winners) = (vec![T::zero(); len], vec![u32::MAX; len]);
            select(&groups, larger, &from, &mut found, &mut winners);
            let gradient = values::<T>(len);
            let (mut given, mut kept) = (vec![T::nan(); from.len()], vec![T::nan(); from.len()]);
            give_to_winners(&groups, &gradient, &winners, &mut given);
            keep_winners(&groups, &from, &winners, &mut kept);
            for at in 0..len {
                let winner =
                    of_group(at).reduce(|a, b| if larger(from[b], from[a]) { b } else { a }).unwrap();
                assert!(
                    found[at] == from[winner] || from[winner].is_nan() && found[at].is_nan(),
                    "{what} {at}"
                );
                for place in of_group(at) {
                    let wins = place == winner;
                    assert_eq!(given[place], if wins { gradient[at] } else { T::zero() }, "{what} {place}");
                    let expected = if wins { from[place] } else { T::zero() };
                    assert!(kept[place] == expected || expected.is_nan(), "{what} {place}");
                }
            }

            let (scale, from) = (T::of(0.5), values::<T>(from.len()));
            let (mut sums, mut shares) = (vec![T::nan(); len], vec![T::nan(); from.len()]);
            sum(&groups, scale, &from, &mut sums);
            give_to_all(&groups, scale, &gradient, &mut shares);
            for at in 0..len {
                let expected = of_group(at).map(|place| from[place]).sum::<T>() * scale;
                assert_eq!(sums[at], expected, "{what} {at}");
                assert!(of_group(at).all(|place| shares[place] == gradient[at] * scale), "{what} {at}");
            }
        }
    });
}

#[test]
fn by_definition_f32() {
    by_definition::<f32>()
}

#[test]
fn by_definition_f64() {
    by_definition::<f64>()
}
