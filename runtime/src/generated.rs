//! What the code that `network!` generates calls. Not for other use: it changes with the macro.

use ndarray::Dimension;

pub use ndarray::{Array, ArrayView, CowArray, Dim, Ix};

pub use crate::parameters::add_gradients;

use crate::arrays::place;
use crate::device::{Device, DeviceError, download_or_nan};
use crate::heads::Head;
use crate::layer::{Compute, Signal, SignalMut};
use crate::network::{InputError, Network};
use crate::nonlinearities::Nonlinearity;
use crate::shape::Lengths;
use crate::{Real, Shape};

/// What a network needs of a layer: [`Compute`], with a message for a layer of one's own that lacks it.
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` has no arithmetic for {N} input(s) of `{T}` on the device `{D}`",
    label = "this network needs it",
    note = "a layer of your own implements `layercake::layer::Compute<{T}, {D}, {N}>`, for every `{T}: Real`"
)]
pub trait Computes<T: Real, D: Device, const N: usize>: Compute<T, D, N> {}

#[diagnostic::do_not_recommend]
impl<T: Real, D: Device, const N: usize, L: Compute<T, D, N>> Computes<T, D, N> for L {}

/// Reads the length of the axes that may have any from the inputs of one call.
#[derive(Debug)]
pub struct Length {
    allowed: Lengths,
    found: Option<usize>,
}

impl Length {
    /// Expects one of these.
    pub fn new(allowed: Lengths) -> Self {
        Length { allowed, found: None }
    }

    /// Reads it from an axis of the input `name`.
    pub fn read(&mut self, name: &'static str, axis: usize, dims: &[usize]) -> Result<(), InputError> {
        let (found, Lengths { shortest, longest }) = (dims[axis], self.allowed);
        if !(shortest..=longest).contains(&found) {
            return Err(InputError::Length { name, axis, shortest, longest, found });
        }
        match self.found.replace(found) {
            Some(expected) if expected != found => {
                Err(InputError::UnequalLength { name, axis, expected, found })
            }
            _ => Ok(()),
        }
    }

    /// The length that has been read.
    pub fn get(&self) -> usize {
        self.found.unwrap_or(self.allowed.longest)
    }
}

/// Checks the inputs of one call as generated code goes through them, and learns the batch from the first.
#[derive(Debug)]
pub struct Inputs {
    fixed: Option<usize>,
    batch: Option<usize>,
}

impl Inputs {
    /// Expects the batch that the network's text fixes, if it does.
    pub fn new(fixed: Option<usize>) -> Self {
        Inputs { fixed, batch: None }
    }

    /// The input `name` of real numbers in standard layout: as it is, or copied if it is not.
    pub fn check<'a, T: Real, R: Dimension>(
        &mut self,
        name: &'static str,
        shape: Shape,
        input: ArrayView<'a, T, R>,
    ) -> Result<CowArray<'a, T, R>, InputError> {
        self.check_shape(name, shape, input.shape())?;
        Ok(standard(input))
    }

    /// The same for one of whole numbers, each of which must be below all of the sizes that the layers have which look
    /// them up.
    pub fn check_numbers<'a, R: Dimension>(
        &mut self,
        name: &'static str,
        shape: Shape,
        layers: &[(&'static str, Option<usize>)],
        input: ArrayView<'a, i32, R>,
    ) -> Result<CowArray<'a, i32, R>, InputError> {
        self.check_shape(name, shape, input.shape())?;
        let sizes = layers.iter().filter_map(|&(layer, size)| Some((size?, layer)));
        if let Some((input_size, layer)) = sizes.min_by_key(|&(size, _)| size) {
            let wrong = |&number: &i32| !usize::try_from(number).is_ok_and(|number| number < input_size);
            if let Some((number, &found)) = input.iter().enumerate().find(|(_, number)| wrong(number)) {
                let place = place(number, input.shape());
                return Err(InputError::Number { name, place, found, layer, input_size });
            }
        }
        Ok(standard(input))
    }

    fn check_shape(&mut self, name: &'static str, shape: Shape, found: &[usize]) -> Result<(), InputError> {
        if found[1..] != *shape.dims() {
            return Err(InputError::Shape { name, expected: shape.dims().to_vec(), found: found.to_vec() });
        }
        let batch = found[0];
        match (self.fixed, self.batch) {
            (Some(expected), _) if expected != batch => {
                return Err(InputError::Batch { name, expected, found: batch });
            }
            (_, Some(expected)) if expected != batch => {
                return Err(InputError::Unequal { name, expected, found: batch });
            }
            _ => self.batch = Some(batch),
        }
        Ok(())
    }

    /// The batch of the inputs checked so far.
    pub fn batch(&self) -> usize {
        self.batch.unwrap_or_default()
    }
}

/// An array in standard layout: as it is, or copied if it is not.
fn standard<T: Clone, R: Dimension>(input: ArrayView<'_, T, R>) -> CowArray<'_, T, R> {
    if input.is_standard_layout() { input.into() } else { input.as_standard_layout().into_owned().into() }
}

/// An array of a buffer's values (batch, axes...).
pub fn array<T: Real, D: Device, R: Dimension>(
    device: &D,
    buffer: &D::Buffer<T>,
    shape: Shape,
    batch: usize,
) -> Array<T, R> {
    let mut dims = R::zeros(shape.rank() + 1);
    dims[0] = batch;
    dims.slice_mut()[1..].copy_from_slice(shape.dims());
    download_or_nan(device, buffer, Array::zeros(dims))
}

/// A head of a network's own type, for generated code.
pub fn head<T: Real, D: Device, R: Dimension>(
    device: &D,
    shape: Shape,
    nonlinearity: Nonlinearity,
) -> Head<T, D, R> {
    Head::new(device.clone(), shape, nonlinearity)
}

/// An input's values, in standard layout.
pub fn values<'a, T, R: Dimension>(input: &'a CowArray<'_, T, R>) -> &'a [T] {
    input.as_slice().expect("checked inputs are in standard layout")
}

/// The largest length among shapes.
pub const fn largest(shapes: &[Shape]) -> usize {
    let mut largest = 0;
    let mut i = 0;
    while i < shapes.len() {
        if shapes[i].len() > largest {
            largest = shapes[i].len();
        }
        i += 1;
    }
    largest
}

/// A batch of an input, to read beside other values, which need not live as long.
#[inline]
pub fn input<'a, 'b: 'a, T: Real, D: Device>(shape: Shape, values: D::Slice<'b, T>) -> Signal<'a, T, D> {
    Signal { shape, values: D::reborrow(values) }
}

/// A batch in a buffer, to read.
#[inline]
pub fn signal<T: Real, D: Device>(shape: Shape, buffer: &D::Buffer<T>, batch: usize) -> Signal<'_, T, D> {
    Signal { shape, values: D::slice(buffer, batch * shape.len()) }
}

/// A batch in a buffer, to write.
#[inline]
pub fn signal_mut<T: Real, D: Device>(
    shape: Shape,
    buffer: &mut D::Buffer<T>,
    batch: usize,
) -> SignalMut<'_, T, D> {
    SignalMut { shape, values: D::slice_mut(buffer, batch * shape.len()) }
}

/// A network that can be moved to other devices.
pub trait Movable {
    /// Its type on device `E`.
    type On<E: Device>;
}

/// A device that has kernels for all layers of the network `N`.
pub trait Hosts<N: Movable>: Device {
    /// The network with the same values on this device.
    ///
    /// # Errors
    /// If one of the devices fails, or has failed in what it was asked for before.
    fn host(&self, network: &N) -> Result<N::On<Self>, DeviceError>;
}

impl<T, D, E, N, M> Hosts<N> for E
where
    T: Real,
    D: Device,
    E: Device,
    N: Movable<On<E> = M> + Network<Real = T, Device = D>,
    M: Network<Real = T, Device = E>,
{
    fn host(&self, network: &N) -> Result<M, DeviceError> {
        let mut moved = M::on(self, 0);
        for (parameter, value) in moved.parameters_mut().into_iter().zip(network.parameters()) {
            *parameter = value.to(self)?;
        }
        self.status()?;
        Ok(moved)
    }
}

/// Whether a device can do what a layer asks for; what it cannot, the device tells the next to ask.
pub fn check<T: Real, D: Device, const N: usize>(
    device: &D,
    name: &'static str,
    layer: &impl Compute<T, D, N>,
    inputs: &[Shape],
) {
    if let Err(error) = layer.check(name, inputs) {
        device.postpone(error);
    }
}

/// The end of a pass.
#[inline]
pub fn finished(device: &impl Device) -> Result<(), InputError> {
    Ok(device.status()?)
}

/// `sum += term`: a further reader's contribution to a gradient.
pub fn add<T: Real, D: Device>(
    device: &D,
    shape: Shape,
    batch: usize,
    term: &D::Buffer<T>,
    sum: &mut D::Buffer<T>,
) {
    let len = batch * shape.len();
    device.add::<T>(D::slice(term, len), D::slice_mut(sum, len));
}
