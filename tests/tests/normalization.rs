//! What normalizations do beside their arithmetic: running averages, and the option `norm`.

use layercake::prelude::*;
use layercake_tests::training::values;
use ndarray::{Array2, Array4, ArrayView1, Axis};

fn is_close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12
}

#[test]
fn running_averages_follow_the_batches() {
    network! { struct Averaged < input(3) => norm: batch_norm(alpha = 0.3, epsilon = 0.01) > }
    let mut net = Averaged::<f64>::new(1);
    let mut training = net.training(1);
    let (mut mean, mut inv_std) = ([0.0; 3], [1.0; 3]);
    for batch in [5, 2, 1] {
        let x: Array2<f64> = values((batch, 3)).mapv(|value: f64| 4.0 * value + 1.0);
        net.forward_training(&mut training, &x).unwrap();
        for (feature, column) in x.axis_iter(Axis(1)).enumerate() {
            let column: ArrayView1<f64> = column;
            mean[feature] = 0.7 * mean[feature] + 0.3 * column.mean().unwrap();
            inv_std[feature] = 0.7 * inv_std[feature] + 0.3 / (column.var(0.0) + 0.01).sqrt();
        }
    }
    for feature in 0..3 {
        assert!(is_close(net.norm.mean.view()[feature], mean[feature]));
        assert!(is_close(net.norm.inv_std.view()[feature], inv_std[feature]));
    }
    let x: Array2<f64> = values((4, 3));
    let y = net.forward(&x).unwrap();
    for ((item, feature), &y) in y.indexed_iter() {
        assert!(is_close(y, (x[[item, feature]] - mean[feature]) * inv_std[feature]));
    }
}

#[test]
fn an_empty_batch_leaves_the_averages() {
    network! { struct Averaged < input(3) => norm: batch_norm => dense(2) > }
    let mut net = Averaged::<f64>::new(1);
    let mut training = net.training(1);
    net.forward_training(&mut training, &Array2::zeros((0, 3))).unwrap();
    training.outputs.set_gradient(Array2::zeros((0, 2)).view()).unwrap();
    net.backward(&mut training);
    assert!(net.norm.mean.view().iter().all(|&mean| mean == 0.0));
    assert!(net.norm.inv_std.view().iter().all(|&inv_std| inv_std == 1.0));
}

#[test]
fn averages_can_be_kept() {
    network! { struct Kept < input(3) => norm: batch_norm(update_averages = false) > }
    network! { struct Used < input(3) => norm: batch_norm(use_averages = true) > }
    let x: Array2<f64> = values((5, 3));
    let mut kept = Kept::<f64>::new(1);
    kept.forward_training(&mut kept.training(1), &x).unwrap();
    assert!(kept.norm.mean.view().iter().all(|&mean| mean == 0.0));
    let mut used = Used::<f64>::new(1);
    let mut training = used.training(1);
    used.forward_training(&mut training, &x).unwrap();
    assert_eq!(training.outputs.get(), x, "the first averages are 0 and 1");
    assert!(used.norm.mean.view().iter().all(|&mean| mean != 0.0));
}

#[test]
fn updates_and_penalties_leave_statistics_alone() {
    network! { struct Averaged < input(3) => norm: batch_norm(update_averages = false) => dense(2, softmax) > }
    let net = Averaged::<f64>::new(1);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, momentum(0.1, 0.9)).penalty(L2(0.1));
    trainer.step(&values((4, 3)), &ndarray::arr1(&[0_u8, 1, 1, 0])).unwrap();
    assert!(trainer.net.norm.mean.view().iter().all(|&mean| mean == 0.0));
    assert!(trainer.net.norm.inv_std.view().iter().all(|&inv_std| inv_std == 1.0));
    assert!(trainer.net.norm.beta.view().iter().all(|&beta| beta != 0.0));
}

#[test]
fn norm_stands_for_the_layers_written_out() {
    network! {
        struct Short <
            input(2, 6, 5)
            => filters: conv2d(4, 3, pad = same, norm = batch_norm(alpha = 0.2))
            => conv2d(3, 3, tanh, norm = instance_norm(learn_bias = false))
            => dense(7, linear, norm = layer_norm)
            => dense(3, softmax, norm = none)
        >
    }
    network! {
        struct Long <
            input(2, 6, 5)
            => conv2d(4, 3, linear, pad = same, b = none) => batch_norm(alpha = 0.2) => nonlinearity(relu)
            => conv2d(3, 3, linear, b = none) => instance_norm(learn_bias = false) => nonlinearity(tanh)
            => dense(7, linear, b = none) => layer_norm
            => dense(3, softmax)
        >
    }
    let (mut short, mut long) = (Short::<f64>::new(3), Long::<f64>::new(3));
    let names = |net: &Short<f64>| -> Vec<String> {
        net.parameters().iter().map(|parameter| parameter.name().to_owned()).collect()
    };
    assert_eq!(
        names(&short)[..6],
        [
            "filters.w",
            "filters_batch_norm.beta",
            "filters_batch_norm.gamma",
            "filters_batch_norm.mean",
            "filters_batch_norm.inv_std",
            "conv2d1.w"
        ]
    );
    let x: Array4<f64> = values((3, 2, 6, 5));
    let (mut short_training, mut long_training) = (short.training(1), long.training(1));
    for _ in 0..3 {
        short.forward_training(&mut short_training, &x).unwrap();
        long.forward_training(&mut long_training, &x).unwrap();
        assert_eq!(short_training.outputs.get(), long_training.outputs.get());
    }
    assert_eq!(short.forward(&x).unwrap(), long.forward(&x).unwrap());
    assert_eq!(short.parameter_values(), long.parameter_values());
}

#[test]
fn standardized_values_have_mean_0_and_variance_1() {
    network! { struct Standard < input(3, 4, 5) => standardization(epsilon = 0) > }
    let y = Standard::<f64>::new(1).forward(&values((2, 3, 4, 5))).unwrap();
    for channel in y.outer_iter().flat_map(|item| item.outer_iter().map(|c| c.to_owned()).collect::<Vec<_>>())
    {
        assert!(is_close(channel.mean().unwrap(), 0.0) && is_close(channel.var(0.0), 1.0));
    }
}

/// A network in whose inference the normalization is part of the layer before it, against one that has to keep the
/// layer's output apart, as that is an output of its own.
macro_rules! folded {
    ($($name:ident, $shape:expr; { $($source:tt)* } { $($layer:tt)* } { $($norm:tt)* })*) => {$(
        #[test]
        fn $name() {
            network! { struct Folded < $($source)* => layer: $($layer)* => norm: $($norm)* > }
            network! { struct Apart < let sums = $($source)* => layer: $($layer)*; (sums => norm: $($norm)*, sums) > }
            let (mut folded, mut apart) = (Folded::<f64>::new(1), Apart::<f64>::new(2));
            let mut buffers = folded.inference();
            let x = layercake_tests::training::values($shape);
            // Other parameters in the same buffers must be seen.
            for turn in 0..2 {
                for (number, parameter) in folded.parameters_mut().into_iter().enumerate() {
                    let noise = layercake_tests::training::values::<f64, _>(parameter.shape());
                    let scale = 0.3 + 0.1 * (turn + number) as f64;
                    let value = parameter.get() + noise.mapv(|value| scale * value);
                    parameter.set(value.view()).unwrap();
                }
                apart.set_parameter_values(&folded.parameter_values()).unwrap();
                folded.forward_with(&mut buffers, &x).unwrap();
                let (found, expected) = (buffers.outputs.get(), apart.forward(&x).unwrap().0);
                let largest = (&found - &expected).iter().fold(0.0_f64, |largest, d| largest.max(d.abs()));
                assert!(largest < 1e-12, "they differ by {largest}");
            }
        }
    )*};
}

folded! {
    folded_into_dense, (7, 9); { input(9) } { dense(33, linear, b = none) } { batch_norm => nonlinearity(tanh) => dense(3) }
    folded_with_biases, (3, 9); { input(9) } { dense(5, linear) } { batch_norm(gamma = none) }
    folded_before_softmax, (3, 9); { input(9) } { dense(5, linear) } { batch_norm(beta = none) => nonlinearity(softmax) => dropout }
    folded_into_conv1d, (3, 2, 9); { input(2, 9) } { conv1d(5, 3, linear) } { batch_norm => nonlinearity(elu) => max_pool1d(2) }
    folded_into_conv2d, (3, 2, 9, 8); { input(2, 9, 8) } { conv2d(6, 3, linear, num_groups = 2, untie_biases = true) } { batch_norm => nonlinearity(relu) => max_pool2d(2) }
    folded_into_conv3d, (2, 2, 3, 4, 3); { input(2, 3, 4, 3) } { conv3d(3, 2, linear, b = none) } { batch_norm => nonlinearity(softplus) }
    folded_into_transposed_conv2d, (2, 2, 4, 3); { input(2, 4, 3) } { transposed_conv2d(3, 3, linear, stride = 2) } { batch_norm => nonlinearity(tanh) }
    folded_into_dilated_conv2d, (2, 2, 6, 7); { input(2, 6, 7) } { dilated_conv2d(3, 3, linear, dilation = 2) } { batch_norm => nonlinearity(tanh) }
    folded_into_locally_connected2d, (2, 2, 6, 7); { input(2, 6, 7) } { locally_connected2d(3, 3, linear) } { batch_norm => nonlinearity(tanh) }
    folded_into_nin, (2, 2, 6, 7); { input(2, 6, 7) } { nin(3, linear) } { batch_norm => nonlinearity(softmax) => flatten }
    not_folded_over_other_axes, (2, 4, 5); { input(4, 5) } { dense(3, linear, num_leading_axes = 2) } { batch_norm(axes = (0, 1)) => nonlinearity(tanh) => dense(2) }
    not_folded_without_channels_first, (2, 4, 5); { input(4, 5) } { dense(3, linear, num_leading_axes = 2) } { batch_norm => nonlinearity(tanh) }
}
