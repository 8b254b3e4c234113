//! Regularization: penalties on parameters, added to the loss.
//!
//! [`l1`] and [`l2`] are the plain functions of Lasagne. [`L1`] and [`L2`] are the same with a weight, for
//! [`Trainer::penalty`](crate::train::Trainer::penalty) or [`penalize`] in a loop of one's own. They are on all weights
//! of a network; [`Penalty::on`] keeps one to some layers, and [`Both`] adds two:
//!
//! ```
//! use layercake::prelude::*;
//! use layercake::regularization::{Both, Penalty};
//!
//! network! { struct Net < input(4) => hidden: dense(8) => dense(3, softmax) > }
//!
//! let penalty = Both(L2(0.1).on(["hidden"]), L2(0.5).on(["dense1"]));
//! let trainer = Trainer::new(Net::<f32>::new(1), CategoricalCrossentropy, sgd(0.1)).penalty(penalty);
//! ```

#[cfg(feature = "cuda")]
mod cuda;

use ndarray::{ArrayRef, Dimension};

use crate::cpu::map;
use crate::device::{Cpu, Device};
use crate::parameters::{Parameter, Parameters};
use crate::settings::at_least_0;
use crate::{Real, SettingError};
#[cfg(feature = "cuda")]
pub use cuda::{PenaltyCode, PenaltyText};

/// The sum of the absolute values.
///
/// ```
/// use layercake::regularization::{l1, l2};
/// use ndarray::array;
///
/// let w = array![[1.0, -2.0], [0.0, 3.0]];
/// assert_eq!((l1(&w), l2(&w)), (6.0, 14.0));
/// ```
pub fn l1<T: Real, R: Dimension>(values: &ArrayRef<T, R>) -> T {
    T::of(values.iter().map(|value| Real::to_f64(value.abs())).sum())
}

/// The sum of the squares.
pub fn l2<T: Real, R: Dimension>(values: &ArrayRef<T, R>) -> T {
    T::of(values.iter().map(|&value| Real::to_f64(value).powi(2)).sum())
}

/// A penalty that is a sum over values. Implement it for one of your own.
pub trait Penalty: Send + Sync {
    /// Whether the settings make sense: by default they do.
    ///
    /// # Errors
    /// The first setting that does not.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// What one value adds to the loss.
    fn value<T: Real>(&self, parameter: T) -> T;

    /// Its derivative.
    fn derivative<T: Real>(&self, parameter: T) -> T;

    /// The same penalty on some parameters alone, by names: a layer's, such as `hidden`, for all that is regularizable
    /// there, or a single one's, such as `hidden.b`, regularizable or not. Parameters that several layers share are those of
    /// the first, and count once. Lasagne's `regularize_layer_params`.
    fn on<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> On<Self>
    where
        Self: Sized,
    {
        On { penalty: self, names: names.into_iter().map(Into::into).collect() }
    }
}

/// A penalty on a device; every [`Penalty`] works on the processor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no penalty on `{D}`",
    label = "not a penalty",
    note = "a penalty holds its weight: `L2(1e-4)` is on all weights of the network, `L1(1e-4).on([\"hidden\"])` on those of \
            some layers",
    note = "on an NVIDIA GPU, `layercake::cuda::Cuda`, a penalty of your own implements `PenaltyCode` beside `Penalty`"
)]
pub trait PenaltyOn<D: Device>: Send + Sync {
    /// Whether the settings make sense.
    ///
    /// # Errors
    /// The first setting that does not.
    fn check(&self) -> Result<(), SettingError>;

    /// Adds the penalty's gradient, and returns the penalty, unless it stays on the device until it is
    /// [collected](Self::collect).
    fn penalize<T: Real>(&self, device: &D, values: D::Slice<'_, T>, gradients: D::SliceMut<'_, T>) -> f64;

    /// The sum of the penalties that have stayed on the device since the last call: it is waited for once, not for each
    /// parameter.
    fn collect(&self, device: &D) -> f64 {
        let _ = device;
        0.0
    }

    /// The same for a parameter as a whole, if the penalty is on it: by default if it is regularizable.
    fn penalize_parameter<T: Real>(
        &self,
        device: &D,
        parameter: &Parameter<T, D>,
        gradient: &mut Parameter<T, D>,
    ) -> f64 {
        if parameter.tags().regularizable {
            self.penalize::<T>(device, parameter.slice(), gradient.slice_mut())
        } else {
            0.0
        }
    }

    /// The names of layers and parameters that it is on, where it is not on all.
    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl<P: Penalty> PenaltyOn<Cpu> for P {
    fn check(&self) -> Result<(), SettingError> {
        Penalty::check(self)
    }

    fn penalize<T: Real>(&self, _: &Cpu, values: &[T], gradients: &mut [T]) -> f64 {
        map::add_of(values, gradients, |value| self.derivative(value));
        map::sum(values, |value| self.value(value))
    }
}

/// No penalty.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPenalty;

impl<D: Device> PenaltyOn<D> for NoPenalty {
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    fn penalize<T: Real>(&self, _: &D, _: D::Slice<'_, T>, _: D::SliceMut<'_, T>) -> f64 {
        0.0
    }
}

/// The given weight times the sum of absolute values; its derivative at 0 is 0.
#[derive(Clone, Copy, Debug)]
pub struct L1(pub f64);

impl Penalty for L1 {
    fn check(&self) -> Result<(), SettingError> {
        at_least_0("weight", self.0)
    }

    fn value<T: Real>(&self, parameter: T) -> T {
        T::of(self.0) * parameter.abs()
    }

    fn derivative<T: Real>(&self, parameter: T) -> T {
        if parameter == T::zero() { T::zero() } else { T::of(self.0) * parameter.signum() }
    }
}

/// The given weight times the sum of squares.
#[derive(Clone, Copy, Debug)]
pub struct L2(pub f64);

impl Penalty for L2 {
    fn check(&self) -> Result<(), SettingError> {
        at_least_0("weight", self.0)
    }

    fn value<T: Real>(&self, parameter: T) -> T {
        T::of(self.0) * parameter * parameter
    }

    fn derivative<T: Real>(&self, parameter: T) -> T {
        T::of(2.0 * self.0) * parameter
    }
}

/// The sum of two penalties, such as `(L1(1e-5), L2(1e-4))`.
impl<A: Penalty, B: Penalty> Penalty for (A, B) {
    fn check(&self) -> Result<(), SettingError> {
        self.0.check()?;
        self.1.check()
    }

    fn value<T: Real>(&self, parameter: T) -> T {
        self.0.value(parameter) + self.1.value(parameter)
    }

    fn derivative<T: Real>(&self, parameter: T) -> T {
        self.0.derivative(parameter) + self.1.derivative(parameter)
    }
}

/// A penalty on some parameters alone; see [`Penalty::on`].
#[derive(Clone, Debug)]
pub struct On<P> {
    penalty: P,
    names: Vec<String>,
}

impl<D: Device, P: PenaltyOn<D>> PenaltyOn<D> for On<P> {
    fn check(&self) -> Result<(), SettingError> {
        self.penalty.check()
    }

    fn penalize<T: Real>(&self, device: &D, values: D::Slice<'_, T>, gradients: D::SliceMut<'_, T>) -> f64 {
        self.penalty.penalize::<T>(device, values, gradients)
    }

    fn collect(&self, device: &D) -> f64 {
        self.penalty.collect(device)
    }

    fn penalize_parameter<T: Real>(
        &self,
        device: &D,
        parameter: &Parameter<T, D>,
        gradient: &mut Parameter<T, D>,
    ) -> f64 {
        let is_meant = |name: &String| {
            parameter.name() == name || is_of_layer(parameter.name(), name) && parameter.tags().regularizable
        };
        if self.names.iter().any(is_meant) {
            self.penalize::<T>(device, parameter.slice(), gradient.slice_mut())
        } else {
            0.0
        }
    }

    fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }
}

/// Whether a parameter such as `hidden.w` is one of the layer `hidden`.
fn is_of_layer(parameter: &str, layer: &str) -> bool {
    parameter.strip_prefix(layer).is_some_and(|rest| rest.starts_with('.'))
}

/// The sum of two penalties that may be on different parameters: Lasagne's `regularize_layer_params_weighted` with
/// the weights 0.1 and 0.5 is `Both(L2(0.1).on(["hidden"]), L2(0.5).on(["dense1"]))`.
#[derive(Clone, Copy, Debug)]
pub struct Both<A, B>(pub A, pub B);

impl<D: Device, A: PenaltyOn<D>, B: PenaltyOn<D>> PenaltyOn<D> for Both<A, B> {
    fn check(&self) -> Result<(), SettingError> {
        self.0.check()?;
        self.1.check()
    }

    fn penalize<T: Real>(
        &self,
        device: &D,
        values: D::Slice<'_, T>,
        mut gradients: D::SliceMut<'_, T>,
    ) -> f64 {
        self.0.penalize::<T>(device, values, D::reborrow_mut(&mut gradients))
            + self.1.penalize::<T>(device, values, gradients)
    }

    fn collect(&self, device: &D) -> f64 {
        self.0.collect(device) + self.1.collect(device)
    }

    fn penalize_parameter<T: Real>(
        &self,
        device: &D,
        parameter: &Parameter<T, D>,
        gradient: &mut Parameter<T, D>,
    ) -> f64 {
        self.0.penalize_parameter(device, parameter, gradient)
            + self.1.penalize_parameter(device, parameter, gradient)
    }

    fn names(&self) -> Vec<&str> {
        [self.0.names(), self.1.names()].concat()
    }
}

/// Whether a penalty's settings make sense, and all layers and parameters that it is on are there.
///
/// # Errors
/// The first setting that makes none; or the first name that is not there, and those that are.
pub fn check<T: Real, D: Device>(
    penalty: &impl PenaltyOn<D>,
    parameters: &impl Parameters<T, D>,
) -> Result<(), PenaltyError> {
    penalty.check()?;
    let mut found = Vec::new();
    parameters.visit(&mut |parameter| found.push(parameter.name().to_owned()));
    let is_there = |name: &str| found.iter().any(|found| found == name || is_of_layer(found, name));
    match penalty.names().into_iter().find(|name| !is_there(name)) {
        Some(name) => Err(PenaltyError::Name { name: name.to_owned(), found }),
        None => Ok(()),
    }
}

/// A penalty that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PenaltyError {
    /// A setting that makes none.
    #[error("a penalty's {0}")]
    Setting(#[from] SettingError),
    /// A penalty on what is not there.
    #[error(
        "a penalty is on `{name}`, which is neither a parameter nor a layer with parameters of its own; the parameters \
         are {}",
        found.join(", ")
    )]
    Name {
        /// The name.
        name: String,
        /// The names of all parameters.
        found: Vec<String>,
    },
}

/// Adds the penalty's gradient to that of every parameter that it is on (by default the regularizable ones: weights
/// are, biases are not), and returns the penalty: Lasagne's `regularize_network_params`. Parameters of a single layer do as well:
/// `penalize(&device, &L2(1e-4), &mut net.hidden, &mut training.gradients.hidden)`. Whether the penalty makes sense is
/// for [`check`] to say, once before a loop.
pub fn penalize<T: Real, D: Device, P: Parameters<T, D>>(
    device: &D,
    penalty: &impl PenaltyOn<D>,
    parameters: &mut P,
    gradients: &mut P,
) -> f64 {
    let mut sum = 0.0;
    parameters.visit_pairs(gradients, &mut |parameter, gradient| {
        sum += penalty.penalize_parameter(device, parameter, gradient);
    });
    sum + penalty.collect(device)
}
