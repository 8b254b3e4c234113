//! Matrix products.

/// The element types that a matrix product exists for.
pub trait Multiply {}
impl Multiply for f32 {}
impl Multiply for f64 {}
