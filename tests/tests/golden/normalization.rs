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
