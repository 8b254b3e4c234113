//! Layers that give the same values other axes.
//!
//! The values do not move: within a network these layers cost nothing, as the next layer reads the same memory.
//! Their arithmetic, a copy, runs only where an output of the network must have memory of its own.

use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::shape::{Length, MAX_RANK, at_most_max_rank};
use crate::{Real, Shape, shape};

/// `flatten(outdim = 2)`: keeps the first `outdim - 1` axes, the batch axis among them, and joins the rest.
#[derive(Clone, Copy, Debug)]
pub struct Flatten {
    /// The number of axes of the output, the batch axis included. Default 2.
    pub outdim: usize,
}

impl Flatten {
    /// What the text need not say.
    pub const DEFAULT: Self = Flatten { outdim: 2 };

    /// See [`shape::flatten`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::flatten(input, self.outdim)
    }
}

/// `reshape(axes...)`: other axes over the same elements, row by row. The batch axis is not written.
///
/// An axis is a length, `[i]` for the length of the input's axis i (the batch axis is 0, so `[1]` is the first that
/// is written), or -1, at most once, for what the others leave: `reshape([1], -1)`.
#[derive(Clone, Copy, Debug)]
pub struct Reshape {
    /// The lengths of the axes; those after [`rank`](Self::rank) mean nothing.
    pub lengths: [Length; MAX_RANK],
    /// The number of axes.
    pub rank: usize,
}

impl Reshape {
    /// Reshapes to these axes.
    ///
    /// # Panics
    /// Panics if there are more than [`MAX_RANK`] axes.
    #[track_caller]
    pub const fn new(lengths: &[Length]) -> Self {
        at_most_max_rank("reshape", lengths.len());
        let mut all = [Length::Fixed(1); MAX_RANK];
        all.split_at_mut(lengths.len()).0.copy_from_slice(lengths);
        Reshape { lengths: all, rank: lengths.len() }
    }

    /// See [`shape::reshape`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::reshape(input, self.lengths.split_at(self.rank).0)
    }
}

macro_rules! copies {
    ($($layer:ident)*) => {$(
        impl Layer for $layer {
            type Parameters<T: Real, D: Device> = ();

            fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
        }

        impl<T: Real> Compute<T, Cpu> for $layer {
            type Memory = ();

            fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
                y.values.copy_from_slice(x.values);
            }

            fn backward(
                &self,
                _: &Pass<'_, Cpu>,
                (): &(),
                (): &mut (),
                (): &mut (),
                signals: Backward<'_, T, Cpu, 1>,
            ) {
                if let [Some(input_gradient)] = signals.input_gradients {
                    input_gradient.values.copy_from_slice(signals.output_gradient.values);
                }
            }
        }
    )*};
}

copies! { Flatten Reshape }
