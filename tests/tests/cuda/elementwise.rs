//! Normalization, shared parameters, noise, and values that move.

use super::*;
use crate::same;
use ndarray::Array2;

// The gradient of a sum of squares is zero before a normalization: hence a nonlinearity behind each last one.

same! {
    batch_norm, (9, 35); { input(35) => batch_norm => nonlinearity(tanh) => dense(3, tanh, norm = batch_norm) => batch_norm(beta = none) => nonlinearity(tanh) }
    batch_norm_of_images, (3, 2, 5, 7); { input(2, 5, 7) => conv2d(3, 3, relu, norm = batch_norm) => batch_norm(gamma = none) => nonlinearity(tanh) }
    batch_norm_in_parts, (300, 2, 41); { input(2, 41) => batch_norm => nonlinearity(tanh) }
    batch_norm_along_axes, (4, 3, 2, 5); { input(3, 2, 5) => batch_norm(axes = (0, 2), alpha = 0.3) => batch_norm(use_averages = true) => nonlinearity(tanh) }
    batch_norm_softmax, (5, 6); { input(6) => dense(4, softmax, norm = batch_norm) => dense(2, tanh) }

    standardizations, (5, 3, 7); { input(3, 7) => standardization => nonlinearity(tanh) => standardization(axes = (0, 2)) => nonlinearity(tanh) }
    standardizations_of_vectors, (3, 45); { input(45) => standardization => nonlinearity(tanh) => dense(1, tanh) }
    instance_norms, (3, 2, 5, 7); { input(2, 5, 7) => conv2d(3, 3, relu, norm = instance_norm) => instance_norm(learn_bias = false) => nonlinearity(tanh) => instance_norm(learn_scale = false) => nonlinearity(tanh) }
    layer_norms, (9, 45); { input(45) => dense(35, relu, norm = layer_norm) => layer_norm(epsilon = 0.1) => dense(3, tanh) }
    layer_norms_of_images, (3, 2, 41, 3); { input(2, 41, 3) => layer_norm => nonlinearity(tanh) }

    biases, (3, 2, 5); { input(2, 5) => bias => bias(shared_axes = (0, 1)) => bias(b = none) }
    scales, (3, 2, 37); { input(2, 37) => scale => scale(shared_axes = 0) => scale(shared_axes = all) }
    prelus, (3, 2, 5); { input(2, 5) => prelu => prelu(shared_axes = (0, 1)) => prelu(shared_axes = all) }
    rrelus, (3, 2, 5); { input(2, 5) => rrelu => dense(9, linear) => rrelu(0.1, 0.9, shared_axes = ()) => dense(3, tanh) => rrelu(shared_axes = 0) }
    gaussian_noises, (3, 2, 5); { input(2, 5) => gaussian_noise(0.5) => dense(7, tanh) => gaussian_noise }

    dimshuffles, (3, 2, 5, 7); { input(2, 5, 7) => dimshuffle(3, 1, x, 2) => dimshuffle(4, 2, 1) => reshape(7, 10) => dimshuffle(2, 1) }
    slices, (3, 2, 9, 7); { input(2, 9, 7) => slice((..).step_by(-2), axis = 2) => slice(1..6) => slice(1, axis = 1) }
    pads, (3, 2, 4, 5); { input(2, 4, 5) => pad([(1, 2), 3], val = 0.5) => flatten => dense(3, tanh) }
}

/// Distances that deviations are computed from are not measured from an outlier.
#[test]
fn deviations_survive_an_outlier() {
    network! { struct Standardized < input(2000) => standardization > }
    for outlier in [0, 1000, 1999] {
        let value = |place: usize| if place == outlier { 0.0 } else { 200.0 + 0.1 * (place as f32).sin() };
        let x = Array2::from_shape_fn((1, 2000), |(_, place)| value(place));
        let expected = Standardized::<f64>::new(1).forward(&x.mapv(f64::from)).unwrap().into_dyn();
        for device in devices::cuda() {
            let found = Standardized::<f32>::new(1)
                .to(&device)
                .unwrap()
                .forward(&x)
                .unwrap()
                .mapv(f64::from)
                .into_dyn();
            assert_close(&format!("an outlier at {outlier}"), found.view(), expected.view(), 2e-5);
        }
    }
}
