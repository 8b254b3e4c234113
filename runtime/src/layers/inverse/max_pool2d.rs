//! Unpooling.

use rayon::prelude::*;

use super::Inverse;
use crate::Real;
use crate::cpu::isa::isa;
use crate::cpu::pool::{max_pool, max_pool_backward};
use crate::cpu::scratch;
use crate::device::Cpu;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::MaxPool2d;

/// The winners are found anew: they are a function of the pooling layer's input.
impl<T: Real> Compute<T, Cpu, 3> for Inverse<MaxPool2d> {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [v, x, y]: [Signal<'_, T>; 3], z: SignalMut<'_, T>) {
        let images = z.values.par_chunks_mut(x.shape.len()).zip(v.values.par_chunks(y.shape.len()));
        images.zip(x.values.par_chunks(x.shape.len())).for_each(|((z, v), image)| {
            self.with_winners(x, y, image, |windows, winners| max_pool_backward(windows, v, winners, z));
        });
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 3>,
    ) {
        let [_, x, y] = signals.inputs;
        let [to_v, to_x, to_y] = signals.input_gradients;
        for other in [to_x, to_y].into_iter().flatten() {
            other.values.fill(T::zero());
        }
        let Some(to_v) = to_v else { return };
        let plane = x.shape.dim(1) * x.shape.dim(2);
        let images = to_v
            .values
            .par_chunks_mut(y.shape.len())
            .zip(signals.output_gradient.values.par_chunks(x.shape.len()));
        images.zip(x.values.par_chunks(x.shape.len())).for_each(|((to_v, gradient), image)| {
            self.with_winners(x, y, image, |windows, winners| {
                let channels = to_v.chunks_mut(windows.positions()).zip(winners.chunks(windows.positions()));
                for ((to_v, winners), gradient) in channels.zip(gradient.chunks(plane)) {
                    to_v.iter_mut().zip(winners).for_each(|(to, &winner)| *to = gradient[winner as usize]);
                }
            });
        });
    }
}

impl Inverse<MaxPool2d> {
    /// Calls `then` with the windows and the winners of one image of the pooling layer's input.
    fn with_winners<T: Real>(
        &self,
        x: Signal<'_, T>,
        y: Signal<'_, T>,
        image: &[T],
        then: impl FnOnce(&crate::cpu::window::Windows, &[u32]),
    ) {
        let windows = self.0.windows(x.shape, y.shape);
        scratch::with(y.shape.len(), |winners: &mut [u32]| {
            scratch::with(y.shape.len(), |largest: &mut [T]| {
                max_pool(isa(), &windows, image, largest, winners)
            });
            then(&windows, winners);
        });
    }
}
