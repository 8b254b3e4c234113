//! Nonlinearities: functions applied to a layer's sums.

/// A function of a layer's sums, elementwise but for [`softmax`].
///
/// Each has its derivative as a function of its *output*, so that the sums need not be kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonlinearity {
    /// See [`linear`].
    Linear,
    /// See [`relu`].
    Relu,
    /// See [`sigmoid`].
    Sigmoid,
    /// See [`tanh`].
    Tanh,
    /// See [`softmax`].
    Softmax,
    /// See [`leaky_relu`], which alone makes it: it checks the leakiness.
    #[non_exhaustive]
    LeakyRelu(f64),
    /// See [`elu`].
    Elu,
    /// See [`selu`] and [`scaled_elu`], which alone make it.
    #[non_exhaustive]
    ScaledElu {
        /// Factor of the result.
        scale: f64,
        /// Further factor of negative results.
        scale_neg: f64,
    },
    /// See [`softplus`].
    Softplus,
    /// See [`scaled_tanh`], which alone makes it.
    #[non_exhaustive]
    ScaledTanh {
        /// Factor of the argument.
        scale_in: f64,
        /// Factor of the result.
        scale_out: f64,
    },
}

use Nonlinearity as N;

/// `x`: no nonlinearity.
pub const fn linear() -> Nonlinearity {
    N::Linear
}

/// `x`: another name for [`linear`].
pub const fn identity() -> Nonlinearity {
    N::Linear
}

/// `max(0, x)`, Lasagne's `rectify`. Its derivative at 0 counts as 1/2 where it stands alone or last in a network, as
/// in Lasagne; within a layer, where only outputs are kept, as 0.
pub const fn relu() -> Nonlinearity {
    N::Relu
}

/// `max(0, x)`: another name for [`relu`].
pub const fn rectify() -> Nonlinearity {
    N::Relu
}

/// `1 / (1 + exp(-x))`.
pub const fn sigmoid() -> Nonlinearity {
    N::Sigmoid
}

/// `tanh(x)`.
pub const fn tanh() -> Nonlinearity {
    N::Tanh
}

/// `exp(x_i) / sum_j exp(x_j)` over the last axis: over the classes of (classes), over the columns of an image. For the
/// channels of an image put them last: `dimshuffle(2, 3, 1) => nonlinearity(softmax)`.
pub const fn softmax() -> Nonlinearity {
    N::Softmax
}

/// `x` if positive, else `leakiness x`. Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network
/// acoustic models" (ICML 2013). Its derivative at 0 counts as that of [`relu`] does, as the mean
/// of both sides or as `leakiness`.
///
/// # Panics
/// Panics if `leakiness` is negative: the sign of the output would no longer tell that of the sum.
#[track_caller]
pub const fn leaky_relu(leakiness: f64) -> Nonlinearity {
    assert!(leakiness >= 0.0, "leaky_relu: the leakiness must be at least 0; it is usually below 1");
    N::LeakyRelu(leakiness)
}

/// `x` if positive, else `x / 100`: [`leaky_relu`] with Lasagne's default.
pub const fn leaky_rectify() -> Nonlinearity {
    N::LeakyRelu(0.01)
}

/// `x` if positive, else `x / 3`.
pub const fn very_leaky_rectify() -> Nonlinearity {
    N::LeakyRelu(1.0 / 3.0)
}

/// `x` if positive, else `exp(x) - 1`. Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network
/// learning by exponential linear units" (2015).
pub const fn elu() -> Nonlinearity {
    N::Elu
}

/// `1.0507 (x if positive, else 1.6733 (exp(x) - 1))`. Klambauer et al., "Self-normalizing neural networks"
/// (2017).
pub const fn selu() -> Nonlinearity {
    scaled_elu(1.050_700_987_355_480_5, 1.673_263_242_354_377_2)
}

/// `scale (x if positive, else scale_neg (exp(x) - 1))`: Lasagne's `SELU`.
///
/// # Panics
/// Panics if a scale is not positive: the sign of the output would no longer tell that of the sum.
#[track_caller]
pub const fn scaled_elu(scale: f64, scale_neg: f64) -> Nonlinearity {
    assert!(scale > 0.0 && scale_neg > 0.0, "scaled_elu: both scales must be above 0");
    N::ScaledElu { scale, scale_neg }
}

/// `log(1 + exp(x))`.
pub const fn softplus() -> Nonlinearity {
    N::Softplus
}

/// `scale_out tanh(scale_in x)`. LeCun et al., "Efficient backprop" (1998), recommend 2/3 and 1.7159.
///
/// # Panics
/// Panics if `scale_out` is zero: the output would be, too.
#[track_caller]
pub const fn scaled_tanh(scale_in: f64, scale_out: f64) -> Nonlinearity {
    assert!(
        scale_out != 0.0,
        "scaled_tanh: scale_out is 0, and so would be every output; it is usually 1.7159"
    );
    N::ScaledTanh { scale_in, scale_out }
}

impl Nonlinearity {
    /// Whether it is [`linear`].
    pub const fn is_linear(self) -> bool {
        matches!(self, N::Linear)
    }

    /// Whether an element's value depends on that element's sum alone: true for all but [`softmax`].
    pub const fn is_elementwise(self) -> bool {
        !matches!(self, N::Softmax)
    }

    /// Whether a larger sum never has a smaller value: true for all elementwise ones but a [`scaled_tanh`] with scales
    /// of opposite signs.
    pub const fn is_nondecreasing(self) -> bool {
        match self {
            N::ScaledTanh { scale_in, scale_out } => scale_in * scale_out >= 0.0,
            other => other.is_elementwise(),
        }
    }
}
