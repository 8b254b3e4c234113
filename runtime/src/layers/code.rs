//! Functions of one's own in CUDA C.

/// A function of `N` numbers and its derivatives in CUDA C, for a type of one's own that [`Expression`](super::Expression) or,
/// with `N = 2`, [`ElemwiseMerge`](super::ElemwiseMerge) is given as `code`: what these have as functions of Rust, NVIDIA GPUs
/// compute by these texts.
///
/// The texts are expressions of `a` and, with two numbers, `b`, in the network's element type `real`: a number written as
/// `real(0.5)` keeps them in that type.
///
/// ```
/// use layercake::layers::ExpressionCode;
/// use layercake::prelude::*;
///
/// struct Square;
///
/// // SAFETY: expressions of `a`, without effects.
/// unsafe impl ExpressionCode for Square {
///     const FUNCTION: &'static str = "a * a";
///     const DERIVATIVES: [&'static str; 1] = ["2 * a"];
/// }
///
/// network! {
///     pub struct Squares < input(20) => dense(7, tanh) => expression(|a| a * a, |a| 2.0 * a, code = Square) >
/// }
/// # Squares::<f32>::new(1);
/// ```
///
/// # Safety
/// The texts become part of kernels: they must be expressions that end and have no effects, and read nothing but `a` and `b`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no CUDA C for a function of {N} number(s)",
    label = "this is to be a type with such code",
    note = "implement `layercake::layers::ExpressionCode<{N}>` for it"
)]
pub unsafe trait ExpressionCode<const N: usize = 1> {
    /// The function.
    const FUNCTION: &'static str;
    /// Its derivatives with respect to each number.
    const DERIVATIVES: [&'static str; N];
}

/// The texts of an [`ExpressionCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpressionText<const N: usize> {
    function: &'static str,
    derivatives: [&'static str; N],
}

impl<const N: usize> ExpressionText<N> {
    /// Those of a type.
    pub const fn of<E: ExpressionCode<N>>() -> Self {
        ExpressionText { function: E::FUNCTION, derivatives: E::DERIVATIVES }
    }

    /// The function.
    pub const fn function(&self) -> &'static str {
        self.function
    }

    /// Its derivatives with respect to each number.
    pub const fn derivatives(&self) -> [&'static str; N] {
        self.derivatives
    }
}
