//! The parameters of layers and networks.

use ndarray::{ArrayD, ArrayView, ArrayViewD, ArrayViewMutD, IxDyn};

use crate::device::{Cpu, Device, DeviceError, download_or_nan};
use crate::init::Init;
use crate::random::{Random, Stream};
use crate::shape::Axes;
use crate::{Real, Shape};

pub use layercake_macros::Parameters;

/// What a parameter is used for, as Lasagne's parameter tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tags {
    /// Update rules change it (`false`, for example, for running averages).
    pub trainable: bool,
    /// Penalties such as `l2` count it (by default weights are, biases are not).
    pub regularizable: bool,
}

impl Tags {
    /// Trained and penalised.
    pub const WEIGHT: Tags = Tags { trainable: true, regularizable: true };
    /// Trained, not penalised.
    pub const BIAS: Tags = Tags { trainable: true, regularizable: false };
    /// Neither: computed from the data, such as a running average.
    pub const STATISTIC: Tags = Tags { trainable: false, regularizable: false };
}

/// One array of a network: a layer's weights or biases.
///
/// On the processor it is seen as an `ndarray` view:
///
/// ```
/// use layercake::prelude::*;
///
/// let mut net = network!(< input(3) => hidden: dense(2, relu) >);
/// assert_eq!(net.hidden.w.shape(), [3, 2]);
/// net.hidden.b.view_mut().fill(0.1);
/// assert_eq!(net.hidden.b.view()[1], 0.1);
/// ```
#[derive(Clone, Debug)]
pub struct Parameter<T: Real, D: Device = Cpu> {
    name: String,
    shape: Vec<usize>,
    tags: Tags,
    device: D,
    values: D::Buffer<T>,
}

impl<T: Real, D: Device> Parameter<T, D> {
    /// The layer's field and the parameter's own name: `hidden.w`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The lengths of its axes, as the layer states them.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// What it is used for.
    pub fn tags(&self) -> Tags {
        self.tags
    }

    /// The number of its values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the layer goes without this parameter, as with `b = none`. It is then not among a network's
    /// parameters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of the values. Where the device cannot give them they are NaN, and its [`status`](Device::status) then
    /// tells why; [`read`](Self::read) returns the error.
    pub fn get(&self) -> ArrayD<T> {
        let shape = IxDyn(&self.shape);
        download_or_nan(&self.device, &self.values, ArrayD::zeros(shape))
    }

    /// A copy of the values.
    ///
    /// # Errors
    /// If the device cannot give them, or has failed in what it was asked for before; not on the processor.
    pub fn read(&self) -> Result<ArrayD<T>, DeviceError> {
        let mut array = ArrayD::zeros(IxDyn(&self.shape));
        self.device.download(&self.values, array.as_slice_mut().expect("a new array is contiguous"))?;
        Ok(array)
    }

    /// Replaces the values, by those of an array of any kind of `ndarray`:
    ///
    /// ```
    /// use layercake::prelude::*;
    /// use ndarray::Array2;
    ///
    /// let mut net = network!(< input(3) => hidden: dense(3, linear) >);
    /// net.hidden.w.set(Array2::eye(3).view().into_dyn())?;
    /// net.hidden.b.set(ndarray::array![0.1, 0.2, 0.3].view().into_dyn())?;
    /// # Ok::<(), layercake::ParameterError>(())
    /// ```
    ///
    /// # Errors
    /// If the array has another shape; the values then stay as they were.
    pub fn set(&mut self, values: ArrayViewD<T>) -> Result<(), ParameterError> {
        if values.shape() != self.shape {
            return Err(ParameterError {
                name: self.name.clone(),
                expected: self.shape.clone(),
                found: values.shape().to_vec(),
            });
        }
        self.device.upload(values.as_standard_layout().as_slice().unwrap_or_default(), &mut self.values);
        Ok(())
    }

    /// The device's own view of the values.
    pub fn slice(&self) -> D::Slice<'_, T> {
        D::slice(&self.values, self.len())
    }

    /// The device's own view of the values, to write.
    pub fn slice_mut(&mut self) -> D::SliceMut<'_, T> {
        D::slice_mut(&mut self.values, self.shape.iter().product())
    }

    /// Zeros of the same shape, for what an update remembers under this name; or for `None` nothing.
    pub(crate) fn state(&self, name: Option<String>) -> Self {
        let shape = if name.is_some() { self.shape.clone() } else { vec![0] };
        let name = format!("{}.{}", self.name, name.unwrap_or_default());
        let mut values = D::Buffer::default();
        self.device.reserve(&mut values, shape.iter().product());
        Parameter { name, shape, tags: Tags::STATISTIC, device: self.device.clone(), values }
    }

    /// The same parameter on another device.
    ///
    /// # Errors
    /// If one of the devices fails, or has failed in what it was asked for before.
    pub fn to<E: Device>(&self, device: &E) -> Result<Parameter<T, E>, DeviceError> {
        let mut values = E::Buffer::default();
        device.reserve(&mut values, self.len());
        // Straight between the two, where one of them is the host.
        if let Some(values_here) = D::on_host(&self.values, self.len()) {
            device.upload(values_here, &mut values);
        } else if let Some(values_there) = E::on_host_mut(&mut values, self.len()) {
            self.device.download(&self.values, values_there)?;
        } else {
            device.upload(self.read()?.as_slice().unwrap_or_default(), &mut values);
        }
        device.status()?;
        Ok(Parameter {
            name: self.name.clone(),
            shape: self.shape.clone(),
            tags: self.tags,
            device: device.clone(),
            values,
        })
    }
}

impl<T: Real> Parameter<T, Cpu> {
    /// The values, to read.
    pub fn view(&self) -> ArrayViewD<'_, T> {
        ArrayView::from_shape(IxDyn(&self.shape), self.slice()).expect("the shape matches the values")
    }

    /// The values, to write.
    pub fn view_mut(&mut self) -> ArrayViewMutD<'_, T> {
        let shape = IxDyn(&self.shape);
        ArrayViewMutD::from_shape(shape, self.slice_mut()).expect("the shape matches the values")
    }
}

/// An array that does not fit its parameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parameter `{name}` has shape {expected:?}, the array given for it {found:?}")]
pub struct ParameterError {
    /// The parameter's full name.
    pub name: String,
    /// The shape that the network's text gives it.
    pub expected: Vec<usize>,
    /// The shape of the array.
    pub found: Vec<usize>,
}

/// What [`Parameters::visit_pairs`] calls with a parameter and its counterpart.
pub type PairVisitor<'v, T, D> = dyn FnMut(&mut Parameter<T, D>, &mut Parameter<T, D>) + 'v;

/// A set of parameters in a fixed order: those of a layer, or of a network.
///
/// Derive it for the parameters of a layer of your own: a struct over `T` and `D` whose fields are
/// [`Parameter`]s (or other such sets, whose types may be further type parameters).
///
/// ```
/// use layercake::{Device, Parameter, Parameters, Real};
///
/// #[derive(Clone, Debug, Parameters)]
/// pub struct ScaleParameters<T: Real, D: Device> {
///     pub scales: Parameter<T, D>,
/// }
/// ```
pub trait Parameters<T: Real, D: Device> {
    /// Calls `visitor` with every parameter, in order.
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<T, D>));

    /// Calls `visitor` with every parameter, to change it.
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<T, D>));

    /// Calls `visitor` with every parameter of this set and its counterpart in `other`: a parameter and its
    /// gradient.
    fn visit_pairs(&mut self, other: &mut Self, visitor: &mut PairVisitor<'_, T, D>);
}

impl<T: Real, D: Device> Parameters<T, D> for Parameter<T, D> {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<T, D>)) {
        if !self.is_empty() {
            visitor(self);
        }
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<T, D>)) {
        if !self.is_empty() {
            visitor(self);
        }
    }

    fn visit_pairs(&mut self, other: &mut Self, visitor: &mut PairVisitor<'_, T, D>) {
        if !self.is_empty() {
            visitor(self, other);
        }
    }
}

/// A layer without parameters.
impl<T: Real, D: Device> Parameters<T, D> for () {
    fn visit<'a>(&'a self, _: &mut dyn FnMut(&'a Parameter<T, D>)) {}
    fn visit_mut<'a>(&'a mut self, _: &mut dyn FnMut(&'a mut Parameter<T, D>)) {}
    fn visit_pairs(&mut self, _: &mut Self, _: &mut PairVisitor<'_, T, D>) {}
}

/// Makes the parameters of a new network, layer by layer.
#[derive(Debug)]
pub struct Builder<'a, D: Device> {
    device: &'a D,
    random: Random,
    layer: &'static str,
    /// The way within the layer, with a dot at its end.
    within: String,
    drawn: u32,
}

impl<'a, D: Device> Builder<'a, D> {
    /// A builder on `device` that draws initial values from `seed`.
    pub fn new(device: &'a D, seed: u64) -> Self {
        Builder { device, random: Random::new(seed), layer: "", within: String::new(), drawn: 0 }
    }

    /// Goes on to the layer with this field name.
    pub fn layer(&mut self, name: &'static str) -> &mut Self {
        self.layer = name;
        self
    }

    /// The parameters of a part of the layer, whose names then begin with that of the part.
    pub fn part<P>(&mut self, name: &str, build: impl FnOnce(&mut Self) -> P) -> P {
        let outside = self.within.len();
        self.within.push_str(name);
        self.within.push('.');
        let parameters = build(self);
        self.within.truncate(outside);
        parameters
    }

    /// A parameter named `name` within its layer, with initial values drawn by `init`.
    pub fn parameter<T: Real>(
        &mut self,
        name: &str,
        shape: &[usize],
        init: Init,
        tags: Tags,
    ) -> Parameter<T, D> {
        let mut stream = Stream::from(self.random.layer(self.drawn));
        self.drawn += 1;
        let initial: Vec<T> = init.sample(shape, &mut stream).into_iter().map(T::of).collect();
        let values = self.buffer(&initial);
        let name = format!("{}.{}{name}", self.layer, self.within);
        Parameter { name, shape: shape.to_vec(), tags, device: self.device.clone(), values }
    }

    /// Values on the device that are no parameter.
    pub fn buffer<T: Real>(&self, values: &[T]) -> D::Buffer<T> {
        let mut buffer = D::Buffer::default();
        self.device.reserve(&mut buffer, values.len());
        self.device.upload(values, &mut buffer);
        buffer
    }

    /// As [`parameter`](Self::parameter), or for `None` an empty one that stands for its absence.
    pub fn optional<T: Real>(
        &mut self,
        name: &str,
        shape: &[usize],
        init: Option<Init>,
        tags: Tags,
    ) -> Parameter<T, D> {
        match init {
            Some(init) => self.parameter(name, shape, init, tags),
            None => self.parameter(name, &[0], Init::Constant(0.0), tags),
        }
    }
}

/// Adds what a layer that shares parameters leaves to the gradients of these.
#[doc(hidden)]
pub fn add_gradients<T: Real, D: Device, P: Parameters<T, D>>(
    device: &D,
    sums: &mut P,
    terms: &mut Option<P>,
) {
    let Some(terms) = terms else { return };
    sums.visit_pairs(terms, &mut |sum, term| {
        if sum.tags().trainable {
            device.add::<T>(term.slice(), sum.slice_mut());
        }
    });
}

/// The lengths of the axes of a layer's biases: one a unit or channel, or with `untie_biases` one an element.
pub(crate) fn bias_shape(output: Shape, untie_biases: bool) -> Vec<usize> {
    if untie_biases { output.dims().to_vec() } else { vec![output.dim(0)] }
}

/// The lengths of the axes of parameters that an item's elements share along `axes`: those of the others.
pub(crate) fn unshared(input: Shape, axes: Axes) -> Vec<usize> {
    let own = input.dims().iter().zip(axes.mask().into_iter().skip(1)).filter(|(_, shared)| !shared);
    own.map(|(&length, _)| length).collect()
}
