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
