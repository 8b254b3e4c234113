//! Dense layers.

use super::*;

golden! {
    on every device;
    dense, "dense": { input(2, 5) => dense(4, tanh) }
    dense_leading2, "dense_leading2": { input(2, 5) => dense(4, num_leading_axes = 2) }
    dense_nobias, "dense_nobias": { input(5) => dense(4, softmax, b = none) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        dense_scaled_elu, "dense_scaled_elu": { input(3, 2) => dense(4, scaled_elu(1.2, 0.7)) }
        dense_leading3, "dense_leading3": { input(2, 3, 2, 2) => dense(3, elu, num_leading_axes = 3) }
        dense_trailing1, "dense_trailing1": { input(2, 3, 4) => dense(3, tanh, num_leading_axes = -1) }
        dense_trailing2, "dense_trailing2": { input(2, 3, 4) => dense(2, softplus, num_leading_axes = -2, b = none) }
    }
}
