//! Inverses of layers.

use super::*;

golden! {
    on every device;
    inverse_dense, "inverse_dense": { input(5) => dense(4, linear, b = none) => inverse(dense1) }
}
