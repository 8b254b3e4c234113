//! Dense layers.

use super::*;

golden! {
    on every device;
    dense, "dense": { input(2, 5) => dense(4, tanh) }
    dense_leading2, "dense_leading2": { input(2, 5) => dense(4, num_leading_axes = 2) }
    dense_nobias, "dense_nobias": { input(5) => dense(4, softmax, b = none) }
}
