//! Unpooling: each value goes where the largest one was. The winners are found anew, as a function of the pooling
//! layer's input.

use super::{Invert, Linear, LinearMemory, Multiply, Point, Products};
use crate::Real;
use crate::cpu::isa::isa;
use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::pool::{average_pool_backward, max_pool, max_pool_backward};
use crate::cpu::scratch;
use crate::geometry::Windows;
use crate::layer::{Compute, Signal, SignalMut};
use crate::layers::{MaxPool, Pool, PoolMode};

impl<const N: usize> Invert for Pool<N> {
    type By = Products;
}

impl<const N: usize> Invert for MaxPool<N> {
    type By = Products;
}

impl<const N: usize> Linear for Pool<N> {}

impl<const N: usize> Linear for MaxPool<N> {}

impl<T: Real, const N: usize> Multiply<T> for Pool<N> {
    fn product(
        at: &Point<'_, T, Self>,
        _: &mut LinearMemory<T, Self>,
        u: Signal<'_, T>,
        to: SignalMut<'_, T>,
    ) {
        match at.layer.mode {
            PoolMode::Max => pool(&at.layer, at.x.reborrow(), u, to),
            _ => at.layer.forward(at.pass, &(), [u], to),
        }
    }

    fn transposed(
        at: &Point<'_, T, Self>,
        _: &mut LinearMemory<T, Self>,
        sums: Signal<'_, T>,
        to: SignalMut<'_, T>,
    ) {
        unpool(&at.layer, at.x.reborrow(), sums, to);
    }
}

impl<T: Real, const N: usize> Multiply<T> for MaxPool<N> {
    fn product(
        at: &Point<'_, T, Self>,
        _: &mut LinearMemory<T, Self>,
        u: Signal<'_, T>,
        to: SignalMut<'_, T>,
    ) {
        pool(&at.layer.pool(), at.x.reborrow(), u, to);
    }

    fn transposed(
        at: &Point<'_, T, Self>,
        _: &mut LinearMemory<T, Self>,
        sums: Signal<'_, T>,
        to: SignalMut<'_, T>,
    ) {
        unpool(&at.layer.pool(), at.x.reborrow(), sums, to);
    }
}

/// Of each window of `u` the value where that of `x` is largest.
fn pool<T: Real, const N: usize>(layer: &Pool<N>, x: Signal<'_, T>, u: Signal<'_, T>, to: SignalMut<'_, T>) {
    let windows = layer.windows(x.shape, to.shape);
    let (input, output) = (x.shape.len(), to.shape.len());
    let from = [u.values, x.values].map(|values| read(values, input));
    each_item((write(to.values, output), from), input, |_, (to, [u, x])| {
        with_winners(&windows, x, output, |winners| {
            let channels = to.chunks_mut(windows.positions()).zip(winners.chunks(windows.positions()));
            for ((to, winners), u) in channels.zip(u.chunks(windows.plane())) {
                to.iter_mut().zip(winners).for_each(|(to, &winner)| *to = u[winner as usize]);
            }
        });
    });
}

/// The reverse: each value goes to where the largest one of its window of `x` is, or a share of it to all.
fn unpool<T: Real, const N: usize>(
    layer: &Pool<N>,
    x: Signal<'_, T>,
    sums: Signal<'_, T>,
    to: SignalMut<'_, T>,
) {
    let windows = layer.windows(x.shape, sums.shape);
    let (input, output) = (x.shape.len(), sums.shape.len());
    let images = (write(to.values, input), read(sums.values, output), read(x.values, input));
    each_item(images, input, |_, (to, sums, x)| match layer.mode {
        PoolMode::Max => {
            with_winners(&windows, x, output, |winners| max_pool_backward(&windows, sums, winners, to));
        }
        mode => average_pool_backward(isa(), &windows, mode == PoolMode::AverageIncPad, sums, to),
    });
}

/// Calls `then` with the winners of one image's windows.
fn with_winners<T: Real>(windows: &Windows, x: &[T], output: usize, then: impl FnOnce(&[u32])) {
    scratch::with(output, |winners: &mut [u32]| {
        scratch::with(output, |largest: &mut [T]| max_pool(isa(), windows, x, largest, Some(winners)));
        then(winners);
    });
}
