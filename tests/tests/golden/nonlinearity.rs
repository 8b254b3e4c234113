//! Functions of each element.

use super::*;

golden! {
    on every device;
    nonlinearity_sigmoid, "nonlinearity_sigmoid": { input(41) => nonlinearity(sigmoid) }
    nonlinearity_softmax, "nonlinearity_softmax": { input(41) => nonlinearity(softmax) }
    nonlinearity_tanh, "nonlinearity_tanh": { input(41) => nonlinearity(tanh) }
    nonlinearity_rectify, "nonlinearity_rectify": { input(41) => nonlinearity(rectify) }
    nonlinearity_leaky_rectify, "nonlinearity_leaky_rectify": { input(41) => nonlinearity(leaky_rectify) }
    nonlinearity_very_leaky_rectify, "nonlinearity_very_leaky_rectify": {
        input(41) => nonlinearity(very_leaky_rectify)
    }
    nonlinearity_elu, "nonlinearity_elu": { input(41) => nonlinearity(elu) }
    nonlinearity_selu, "nonlinearity_selu": { input(41) => nonlinearity(selu) }
    nonlinearity_softplus, "nonlinearity_softplus": { input(41) => nonlinearity(softplus) }
    nonlinearity_linear, "nonlinearity_linear": { input(41) => nonlinearity(linear) }
    nonlinearity_scaled_tanh, "nonlinearity_scaled_tanh_custom": {
        input(41) => nonlinearity(scaled_tanh(0.5, 2.27))
    }
    nonlinearity_leaky_relu, "nonlinearity_leaky_custom": { input(41) => nonlinearity(leaky_relu(0.3)) }
    prelu, "prelu": { input(4, 2, 2) => prelu }
    rrelu, "rrelu_deterministic": inference { input(4) => rrelu }
    rrelu_of_one_slope, "rrelu_deterministic": { input(4) => rrelu(0.55, 0.55) }
    bias, "bias": { input(4, 2) => bias }
    scale, "scale": { input(4, 2) => scale }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        bias_of_positions, "bias_of_positions": { input(2, 3, 2) => bias(shared_axes = (0, 1)) }
        scale_of_batch, "scale_of_batch": { input(2, 3) => scale(shared_axes = 0) }
        prelu_of_all, "prelu_of_all": { input(2, 3, 2) => prelu(shared_axes = all) }
        prelu_of_columns, "prelu_of_columns": { input(2, 3, 2) => prelu(shared_axes = (0, 1, 2)) }
    }
}
