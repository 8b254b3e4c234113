//! Inverses of layers.

use super::*;

golden! {
    on every device;
    inverse_dense, "inverse_dense": { input(5) => dense(4, linear, b = none) => inverse(dense1) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        inverse_dense_elu, "inverse_dense_elu": { input(2, 3) => first: dense(4, elu) => nonlinearity(tanh) => inverse(first) }
        inverse_conv2d, "inverse_conv2d": { input(2, 6, 5) => first: conv2d(3, (2, 3), selu, stride = (2, 1), pad = 1) => nonlinearity(tanh) => inverse(first) }
        inverse_max_pool2d, "inverse_max_pool2d": { input(2, 5, 6) => first: max_pool2d((2, 3), stride = (1, 2), pad = 1) => nonlinearity(tanh) => inverse(first) }
        inverse_global_pool, "inverse_global_pool": { input(2, 3, 2) => first: global_pool(pool_function = max) => nonlinearity(tanh) => inverse(first) }
        inverse_standardization, "inverse_standardization": { input(2, 3, 2) => first: standardization => nonlinearity(tanh) => inverse(first) }
        inverse_batch_norm, "inverse_batch_norm": { input(3, 2) => first: batch_norm => nonlinearity(tanh) => inverse(first) }
        inverse_response_normalization, "inverse_response_normalization": { input(4, 2, 3) => first: local_response_normalization2d(alpha = 0.1) => nonlinearity(tanh) => inverse(first) }
    }
}
