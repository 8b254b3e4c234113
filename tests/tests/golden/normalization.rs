//! Normalizations.

use super::*;

golden! {
    on every device;
    batch_norm_training, "batch_norm_training": { input(3, 2, 2) => batch_norm }
    batch_norm_of_vectors, "batch_norm_dense_training": { input(5) => batch_norm(axes = 0) }
    batch_norm_inference, "batch_norm_deterministic": inference { input(3, 2, 2) => batch_norm }
    batch_norm_of_averages, "batch_norm_deterministic": { input(3, 2, 2) => batch_norm(use_averages = true) }
    standardization, "standardization": { input(3, 5) => standardization }
    standardization_spatial, "standardization": { input(3, 5) => standardization(axes = spatial) }
    instance_norm, "instance_norm": { input(4, 5) => dense(4, linear, num_leading_axes = 2, norm = instance_norm) }
    layer_norm, "layer_norm": { input(5) => dense(4, identity, norm = layer_norm) }
    layer_norm_written_out, "layer_norm": {
        input(5) => dense(4, linear, b = none) => layer_norm
    }
    local_response_normalization2d, "lrn2d": { input(7, 3, 3) => local_response_normalization2d(alpha = 0.01) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        batch_norm_averages, "batch_norm_averages": { input(2, 3, 2) => batch_norm(alpha = 0.3, epsilon = 0.01) }
        batch_norm_axes, "batch_norm_axes": { input(2, 3, 4) => batch_norm(axes = (0, 1), beta = none) }
        batch_norm_by_averages, "batch_norm_by_averages": { input(3, 2) => batch_norm(use_averages = true, gamma = none, alpha = 0.5) }
        batch_norm_after_conv1d, "batch_norm_after_conv1d": { input(2, 6) => conv1d(3, 2, elu, norm = batch_norm(epsilon = 0.001)) }
        batch_norm_folded, "batch_norm_folded": inference { input(2, 5, 4) => conv2d(3, 2, tanh, norm = batch_norm) }
        batch_norm_folded_dense, "batch_norm_folded_dense": inference { input(5) => dense(3, relu, norm = batch_norm(gamma = none)) }
        standardization_features, "standardization_features": { input(2, 3, 2) => standardization(axes = features, epsilon = 0.01) }
        standardization_vector, "standardization_vector": { input(5) => standardization }
        standardization_axes, "standardization_axes": { input(2, 3, 4) => standardization(axes = (1, 3)) }
        response_normalization_few_channels, "response_normalization_few_channels": { input(2, 3, 2) => local_response_normalization2d(alpha = 0.2, k = 1, beta = 0.5, n = 7) }
    }
}
