//! Every kind of convolution against `conv2d` and `conv3d`, which Lasagne's values hold.

use layercake::prelude::*;
use layercake_tests::golden;
use layercake_tests::training::{Squares, values};
use ndarray::{Array1, Array2, Array4, Array5, ArrayD, Axis, s};

/// A network of one layer and an output, with the given parameters.
macro_rules! forward {
    ($x:expr, [$($parameter:expr),*], $($network:tt)*) => {{
        network! { struct Single < $($network)* > }
        let mut net = Single::<f64>::new(1);
        net.set_parameter_values(&[$($parameter.clone().into_dyn()),*]).unwrap();
        net.forward(&$x).unwrap()
    }};
}

fn assert_close(found: &ArrayD<f64>, expected: &ArrayD<f64>) {
    assert_eq!(found.shape(), expected.shape());
    for (index, value) in expected.indexed_iter() {
        assert!((found[&index] - value).abs() < 1e-12, "{index:?}: {}, not {value}", found[&index]);
    }
}

/// The sum of all products: two layers are each other's transpose where it is the same on both sides.
fn dot(a: &ArrayD<f64>, b: &ArrayD<f64>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

macro_rules! transposes {
    ($name:ident, $x:expr, $y:expr, $w:expr; { $($conv:tt)* } { $($transposed:tt)* }) => {
        #[test]
        fn $name() {
            let (x, y, w) = (values($x), values($y), values::<f64, _>($w));
            let forth = forward!(x, [w], $($conv)*);
            let back = forward!(y, [w], $($transposed)*);
            let (one, other) = (dot(&forth.into_dyn(), &y.into_dyn()), dot(&x.into_dyn(), &back.into_dyn()));
            assert!((one - other).abs() < 1e-12, "{one} {other}");
        }
    };
}

transposes! { transposed_conv2d_turned, (2, 3, 7, 8), (2, 2, 3, 2), (2, 3, 3, 4);
    { input(3, 7, 8) => conv2d(2, (3, 4), linear, stride = (2, 3), b = none) }
    { input(2, 3, 2) => transposed_conv2d(3, (3, 4), linear, stride = (2, 3), b = none, output_size = (7, 8)) }
}
transposes! { transposed_conv2d_flipped, (1, 1, 5, 4), (1, 3, 3, 5), (3, 1, 3, 2);
    { input(1, 5, 4) => conv2d(3, (3, 2), linear, pad = (0, 1), flip_filters = false, b = none) }
    { input(3, 3, 5) => transposed_conv2d(1, (3, 2), linear, crop = (0, 1), flip_filters = true, b = none) }
}
transposes! { transposed_conv2d_same, (2, 1, 5, 4), (2, 2, 3, 2), (2, 1, 3, 5);
    { input(1, 5, 4) => conv2d(2, (3, 5), linear, pad = same, stride = 2, b = none) }
    { input(2, 3, 2) => transposed_conv2d(1, (3, 5), linear, crop = same, stride = 2, output_size = (5, 4), b = none) }
}
transposes! { transposed_conv3d_turned, (2, 2, 4, 5, 6), (2, 3, 2, 4, 3), (3, 2, 3, 2, 2);
    { input(2, 4, 5, 6) => conv3d(3, (3, 2, 2), linear, stride = (1, 1, 2), b = none) }
    { input(3, 2, 4, 3) => transposed_conv3d(2, (3, 2, 2), linear, stride = (1, 1, 2), b = none) }
}
transposes! { transposed_conv3d_full, (1, 2, 2, 3, 2), (1, 2, 4, 5, 4), (2, 2, 3, 3, 3);
    { input(2, 2, 3, 2) => conv3d(2, 3, linear, pad = full, flip_filters = false, b = none) }
    { input(2, 4, 5, 4) => transposed_conv3d(2, 3, linear, crop = full, flip_filters = true, b = none) }
}

/// Forward and backward passes of a layer by each of some algorithms, which agree with those of `gemm`; `then` is what
/// follows on the layer.
macro_rules! algorithms_agree {
    ($name:ident, $x:expr, $w:expr, [$($algorithm:ident)*]; input $input:tt => $kind:ident $arguments:tt) => {
        algorithms_agree! { $name, $x, $w, [$($algorithm)*]; input $input => $kind $arguments; then [] }
    };
    ($name:ident, $x:expr, $w:expr, [$($algorithm:ident)*]; input $input:tt => $kind:ident $arguments:tt; then $then:tt) => {
        #[test]
        fn $name() {
            let (x, w) = (values($x), values::<f64, _>($w));
            let b: Array1<f64> = values($w.0);
            let gemm = algorithms_agree!(@by gemm, x, [w, b], $input $kind $arguments $then);
            $(
                let found = algorithms_agree!(@by $algorithm, x, [w, b], $input $kind $arguments $then);
                assert_eq!(found.len(), gemm.len());
                for ((what, found), (_, expected)) in found.iter().zip(&gemm) {
                    golden::assert_close(what, found.view(), expected.view(), 1e-12);
                }
            )*
        }
    };
    (@by $algorithm:ident, $x:expr, [$w:expr, $b:expr], $input:tt $kind:ident ($($argument:tt)*) [$($then:tt)*]) => {{
        network! {
            struct Single < input $input => layer: $kind($($argument)*, algorithm = $algorithm) $($then)* >
        }
        let mut net = Single::<f64>::new(1);
        net.set_parameter_values(&[$w.clone().into_dyn(), $b.clone().into_dyn()]).unwrap();
        let mut training = net.training(1);
        net.forward_training(&mut training, &$x).unwrap();
        training.outputs.differentiate();
        let of_x = net.backward_to_inputs(&mut training);
        let gradients = &training.gradients.layer;
        [
            ("in inference", net.forward(&$x).unwrap().into_dyn()),
            ("in training", training.outputs.values().to_owned().into_dyn()),
            ("gradient of x", of_x.into_dyn()),
            ("gradient of w", gradients.w.get()),
            ("gradient of b", gradients.b.get()),
        ]
    }};
}

algorithms_agree! { algorithms_of_conv2d, (3, 5, 9, 11), (37, 5, 3, 3), [auto direct winograd fft];
input(5, 9, 11) => conv2d(37, 3, tanh, pad = same) }
algorithms_agree! { algorithms_of_conv2d_unflipped, (2, 16, 17, 4), (16, 16, 3, 3), [auto direct winograd fft];
input(16, 17, 4) => conv2d(16, 3, relu, pad = (0, 2), flip_filters = false) }
algorithms_agree! { algorithms_of_conv2d_in_groups, (9, 6, 5, 4), (4, 3, 3, 3), [auto direct winograd fft];
input(6, 5, 4) => conv2d(4, 3, linear, pad = full, num_groups = 2) }
algorithms_agree! { algorithms_of_5x5, (3, 16, 12, 13), (17, 16, 5, 5), [auto direct winograd fft];
input(16, 12, 13) => conv2d(17, 5, tanh) }
algorithms_agree! { algorithms_of_5x5_unflipped, (2, 5, 7, 3), (4, 5, 5, 5), [auto direct winograd fft];
input(5, 7, 3) => conv2d(4, 5, linear, pad = 4, flip_filters = false) }
algorithms_agree! { algorithms_before_pooling, (9, 16, 12, 12), (17, 16, 5, 5), [auto direct winograd fft];
input(16, 12, 12) => conv2d(17, 5, relu); then [=> max_pool2d(2)] }
algorithms_agree! { algorithms_of_conv2d_at_strides, (2, 3, 9, 11), (4, 3, 5, 2), [auto direct];
input(3, 9, 11) => conv2d(4, (5, 2), elu, stride = (2, 3), pad = (1, 0)) }
algorithms_agree! { algorithms_of_one_image, (1, 16, 64, 64), (16, 16, 3, 3), [auto direct winograd fft];
input(16, 64, 64) => conv2d(16, 3, linear) }
algorithms_agree! { algorithms_of_large_filters, (9, 17, 11, 12), (16, 17, 9, 10), [auto direct fft];
input(17, 11, 12) => conv2d(16, (9, 10), tanh, pad = (3, 8)) }
algorithms_agree! { algorithms_of_conv1d, (2, 3, 19), (5, 3, 4), [auto direct fft];
input(3, 19) => conv1d(5, 4, tanh, pad = 2) }
algorithms_agree! { algorithms_of_conv3d, (2, 2, 4, 5, 6), (3, 2, 2, 3, 3), [auto direct fft];
input(2, 4, 5, 6) => conv3d(3, (2, 3, 3), tanh, pad = 1) }

#[test]
fn conv3d_of_one_layer_is_conv2d() {
    let (x, w, b): (Array4<f64>, Array4<f64>, Array1<f64>) =
        (values((2, 3, 6, 5)), values((4, 3, 3, 2)), values(4));
    let flat = forward!(x, [w, b], input(3, 6, 5) => conv2d(4, (3, 2), tanh, stride = 2, pad = (1, 0)));
    let (x, w) = (x.insert_axis(Axis(2)), w.insert_axis(Axis(2)));
    let deep = forward!(x, [w, b],
        input(3, 1, 6, 5) => conv3d(4, (1, 3, 2), tanh, stride = (1, 2, 2), pad = (0, 1, 0)));
    assert_close(&deep.index_axis_move(Axis(2), 0).into_dyn(), &flat.into_dyn());
}

#[test]
fn conv1d_is_conv2d_of_one_row() {
    let (x, w) = (values::<f64, _>((3, 2, 9)), values::<f64, _>((4, 2, 3)));
    let b: Array2<f64> = values((4, 5));
    let line = forward!(x, [w, b],
        input(2, 9) => conv1d(4, 3, elu, stride = 2, pad = same, flip_filters = false, untie_biases = true));
    let (x, w, b) = (x.insert_axis(Axis(2)), w.insert_axis(Axis(2)), b.insert_axis(Axis(1)));
    let flat = forward!(x, [w, b],
        input(2, 1, 9) =>
            conv2d(4, (1, 3), elu, stride = (1, 2), pad = same, flip_filters = false, untie_biases = true));
    assert_close(&line.into_dyn(), &flat.index_axis_move(Axis(2), 0).into_dyn());
}

#[test]
fn groups_are_filters_with_zeros_for_other_channels() {
    let (x, w): (Array4<f64>, Array4<f64>) = (values((2, 6, 4, 5)), values((9, 2, 3, 2)));
    let b: Array1<f64> = values(9);
    let mut all = Array4::zeros((9, 6, 3, 2));
    for group in 0..3 {
        let own = w.slice(s![3 * group..3 * group + 3, .., .., ..]);
        all.slice_mut(s![3 * group..3 * group + 3, 2 * group..2 * group + 2, .., ..]).assign(&own);
    }
    let found = forward!(x, [w, b], input(6, 4, 5) => conv2d(9, (3, 2), tanh, pad = 1, num_groups = 3));
    let expected = forward!(x, [all, b], input(6, 4, 5) => conv2d(9, (3, 2), tanh, pad = 1));
    assert_close(&found.into_dyn(), &expected.into_dyn());
}

#[test]
fn dilation_is_a_filter_with_zeros_between() {
    let (x, w): (Array4<f64>, Array4<f64>) = (values((2, 3, 8, 7)), values((3, 4, 3, 2)));
    let b: Array1<f64> = values(4);
    let mut wide = Array4::zeros((4, 3, 5, 4));
    wide.slice_mut(s![.., .., ..;2, ..;3]).assign(&w.view().permuted_axes([1, 0, 2, 3]));
    let found = forward!(x, [w, b], input(3, 8, 7) => dilated_conv2d(4, (3, 2), tanh, dilation = (2, 3)));
    let expected = forward!(x, [wide, b], input(3, 8, 7) => conv2d(4, (5, 4), tanh, flip_filters = false));
    assert_close(&found.into_dyn(), &expected.into_dyn());
    let found = forward!(x, [w, b],
        input(3, 8, 7) => dilated_conv2d(4, (3, 2), tanh, dilation = (2, 3), pad = full, flip_filters = true));
    let expected = forward!(x, [wide, b], input(3, 8, 7) => conv2d(4, (5, 4), tanh, pad = full));
    assert_close(&found.into_dyn(), &expected.into_dyn());
}

#[test]
fn the_same_filters_everywhere_are_a_convolution() {
    let (x, w): (Array4<f64>, Array4<f64>) = (values((2, 3, 4, 5)), values((2, 3, 3, 5)));
    let b: Array1<f64> = values(2);
    let everywhere = w.view().insert_axis(Axis(4)).insert_axis(Axis(5));
    let everywhere = everywhere.broadcast((2, 3, 3, 5, 4, 5)).unwrap().to_owned();
    let found = forward!(x, [everywhere, b], input(3, 4, 5) => locally_connected2d(2, (3, 5), tanh));
    let expected = forward!(x, [w, b], input(3, 4, 5) => conv2d(2, (3, 5), tanh, pad = same));
    assert_close(&found.into_dyn(), &expected.into_dyn());

    let (w, b): (Array4<f64>, Array1<f64>) = (values((3, 1, 3, 1)), values(3));
    let everywhere = w.index_axis(Axis(1), 0).insert_axis(Axis(3)).insert_axis(Axis(4)).to_owned();
    let everywhere: Array5<f64> = everywhere.broadcast((3, 3, 1, 4, 5)).unwrap().to_owned();
    let found = forward!(x, [everywhere, b],
        input(3, 4, 5) => locally_connected2d(3, (3, 1), tanh, channelwise = true, flip_filters = false));
    let expected = forward!(x, [w, b],
        input(3, 4, 5) => conv2d(3, (3, 1), tanh, pad = same, num_groups = 3, flip_filters = false));
    assert_close(&found.into_dyn(), &expected.into_dyn());
}

#[test]
fn each_position_has_filters_of_its_own() {
    let x: Array4<f64> = values((1, 2, 3, 2));
    let w: ArrayD<f64> = values(vec![1, 2, 3, 3, 3, 2]);
    let y = forward!(x, [w], input(2, 3, 2) => locally_connected2d(1, 3, linear, b = none));
    for ((row, column), &found) in y.slice(s![0, 0, .., ..]).indexed_iter() {
        let mut expected = 0.0;
        for (channel, i, j) in ndarray::indices((2, 3, 3)) {
            let (from_row, from_column) = (row + 2 - i, column + 2 - j);
            if (1..=3).contains(&from_row) && (1..=2).contains(&from_column) {
                expected +=
                    w[[0, channel, i, j, row, column]] * x[[0, channel, from_row - 1, from_column - 1]];
            }
        }
        assert!((found - expected).abs() < 1e-12, "{row} {column}: {found}, not {expected}");
    }
}

#[test]
fn nin_is_a_convolution_of_one_element() {
    let (x, w): (Array4<f64>, Array2<f64>) = (values((2, 3, 4, 5)), values((3, 6)));
    let b = values::<f64, _>((6, 4, 5));
    let found = forward!(x, [w, b], input(3, 4, 5) => nin(6, tanh, untie_biases = true));
    let turned = w.t().to_owned().insert_axis(Axis(2)).insert_axis(Axis(3));
    let expected = forward!(x, [turned, b], input(3, 4, 5) => conv2d(6, 1, tanh, untie_biases = true));
    assert_close(&found.into_dyn(), &expected.into_dyn());
    let dense = forward!(x.slice(s![.., .., 0, 0]), [w], input(3) => dense(6, tanh, b = none));
    let found = forward!(x.slice(s![.., .., 0, 0]), [w], input(3) => nin(6, tanh, b = none));
    assert_close(&found.into_dyn(), &dense.into_dyn());
}

#[test]
fn parameters_have_lasagnes_shapes() {
    network! {
        struct Shapes <
            input(4, 6, 8)
            => conv2d(6, (3, 5), num_groups = 2, pad = same)
            => dilated_conv2d(8, (2, 3))
            => transposed_conv2d(3, (2, 4), stride = 2, untie_biases = true)
            => locally_connected2d(5, (1, 3))
            => locally_connected2d(5, 3, channelwise = true, pad = valid)
            => nin(7)
        >
    }
    let net = Shapes::<f32>::new(1);
    let shapes: Vec<_> = net
        .parameters()
        .into_iter()
        .map(|parameter| (parameter.name().to_owned(), parameter.shape().to_vec()))
        .collect();
    let expected: [(&str, &[usize]); 12] = [
        ("conv2d1.w", &[6, 2, 3, 5]),
        ("conv2d1.b", &[6]),
        ("dilated_conv2d1.w", &[6, 8, 2, 3]),
        ("dilated_conv2d1.b", &[8]),
        ("transposed_conv2d1.w", &[8, 3, 2, 4]),
        ("transposed_conv2d1.b", &[3, 10, 14]),
        ("locally_connected2d1.w", &[5, 3, 1, 3, 10, 14]),
        ("locally_connected2d1.b", &[5]),
        ("locally_connected2d2.w", &[5, 3, 3, 8, 12]),
        ("locally_connected2d2.b", &[5]),
        ("nin1.w", &[5, 7]),
        ("nin1.b", &[7]),
    ];
    assert_eq!(shapes, expected.map(|(name, shape)| (name.to_owned(), shape.to_vec())));
}
