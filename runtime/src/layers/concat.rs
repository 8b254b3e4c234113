//! Inputs joined along an axis.

use crate::cpu::merge::Fit;
use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::shape::{Crop, MAX_RANK, axis_of_item};
use crate::{Real, Shape, shape};

/// `concat(a, b, ..., axis = 1, cropping = none)`: the inputs one after the other along an axis; all other axes
/// agree, or are cropped.
///
/// `cropping` gives each axis, the batch axis first, a mode: `none`, or `lower`, `center` or `upper` for the part
/// that is kept of inputs that are longer than the shortest. Axes that are not listed, and `axis`, are not cropped.
#[derive(Clone, Copy, Debug)]
pub struct Concat {
    /// The axis to join along, counted from the end if negative; the batch axis is 0 and cannot be joined. Default 1:
    /// channels or features.
    pub axis: isize,
    /// The mode of each axis. Default: none is cropped.
    pub cropping: &'static [Crop],
}

impl Concat {
    /// What the text need not say.
    pub const DEFAULT: Self = Concat { axis: 1, cropping: &[] };

    /// See [`shape::concat`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::concat(inputs, self.axis, self.cropping)
    }

    /// The length of the contiguous piece that an input of this shape has for each index before the axis.
    pub(super) fn piece(&self, shape: Shape) -> usize {
        shape.dims()[axis_of_item(shape, self.axis)..].iter().product()
    }

    /// What is left of an input.
    pub(super) fn cropped(&self, input: Shape, output: Shape) -> Shape {
        let mut dims = [1; MAX_RANK];
        let dims = &mut dims[..output.rank()];
        dims.copy_from_slice(output.dims());
        let axis = axis_of_item(input, self.axis);
        dims[axis] = input.dim(axis);
        Shape::new(dims)
    }
}

impl Layer for Concat {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real, const N: usize> Compute<T, Cpu, N> for Concat {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), inputs: [Signal<'_, T>; N], y: SignalMut<'_, T>) {
        let (item, row) = (y.shape.len(), self.piece(y.shape));
        let mut start = 0;
        for input in inputs {
            let part = self.cropped(input.shape, y.shape);
            let (fit, piece) = (Fit::new(input.shape, part, self.cropping), self.piece(part));
            let copy = |x: &[T], y: &mut [T]| {
                let own = y.chunks_exact_mut(row).zip(x.chunks_exact(piece));
                own.for_each(|(y, x)| y[start..start + piece].copy_from_slice(x));
            };
            let items = (write(y.values, item), read(input.values, fit.input_len()));
            each_item(items, part.len(), |_, (y, x)| {
                if fit.is_whole() {
                    return copy(x, y);
                }
                scratch::with(part.len(), |cropped: &mut [T]| {
                    fit.gather(x, cropped);
                    copy(cropped, y);
                });
            });
            start += piece;
        }
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let output = signals.output.shape;
        let row = self.piece(output);
        let output_gradient: &[T] = signals.output_gradient.values;
        let mut start = 0;
        for (input, input_gradient) in signals.inputs.iter().zip(signals.input_gradients) {
            let part = self.cropped(input.shape, output);
            let (fit, piece) = (Fit::new(input.shape, part, self.cropping), self.piece(part));
            let copy = |dy: &[T], dx: &mut [T]| {
                let own = dy.chunks_exact(row).zip(dx.chunks_exact_mut(piece));
                own.for_each(|(dy, dx)| dx.copy_from_slice(&dy[start..start + piece]));
            };
            if let Some(input_gradient) = input_gradient {
                let items =
                    (write(input_gradient.values, fit.input_len()), read(output_gradient, output.len()));
                each_item(items, fit.input_len(), |_, (dx, dy)| {
                    if fit.is_whole() {
                        return copy(dy, dx);
                    }
                    scratch::with(part.len(), |cropped: &mut [T]| {
                        copy(dy, cropped);
                        fit.scatter(cropped, dx);
                    });
                });
            }
            start += piece;
        }
    }
}
