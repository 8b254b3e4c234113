//! Finite differences in f64: every layer, the fused stages, and whole networks.

use layercake::check;
use layercake::prelude::*;
use layercake_tests::check;
use layercake_tests::training::values;
use ndarray::{Array2, Array3, Array4, ShapeBuilder};

check! { dense_relu, (5, 7); input(7) => dense(4) }
check! { dense_tanh_of_images, (3, 2, 3, 4); input(2, 3, 4) => dense(5, tanh) }
check! { dense_without_bias, (3, 6); input(6) => dense(5, sigmoid, b = none) => dense(2, linear) }
check! { dense_with_leading_axes, (3, 4, 5); input(4, 5) => dense(6, elu, num_leading_axes = 2) => dense(2, selu) }
check! { dense_softmax_inside, (4, 6); input(6) => dense(5, softmax) => dense(3, softmax) }
check! { dense_softplus_leaky, (4, 6); input(6) => dense(5, softplus) => dense(3, leaky_relu(0.2)) }
check! { dense_scaled_tanh, (4, 6); input(6) => dense(5, scaled_tanh(0.5, 2.27)) => dense(3, very_leaky_rectify) }

check! { dropout_first, (4, 9); input(9) => dropout(0.3) => dense(5, tanh) }
check! { dropout_fused_with_relu, (4, 9); input(9) => dense(11, relu) => dropout(0.4) => dense(3, linear) }
check! { dropout_fused_with_tanh, (4, 9); input(9) => dense(11, tanh) => dropout(0.4) => dense(3, linear) }
check! { dropout_fused_without_rescale, (4, 9); input(9) => dense(300, sigmoid) => dropout(0.4, rescale = false) => dense(3, linear) }
check! { dropout_after_softmax, (4, 9); input(9) => dense(11, softmax) => dropout(0.4) => dense(3, linear) }
check! { dropout_last, (4, 9); input(9) => dense(11, elu) => dropout }

check! { conv2d_plain, (3, 2, 6, 5); input(2, 6, 5) => conv2d(3, 3, tanh) }
check! { conv2d_stride_pad, (2, 2, 7, 6); input(2, 7, 6) => conv2d(3, (3, 2), elu, stride = (2, 3), pad = (2, 1)) => dense(2, tanh) }
check! { conv2d_same_unflipped, (2, 1, 5, 6); input(1, 5, 6) => conv2d(2, (3, 5), relu, pad = same, flip_filters = false) => conv2d(2, 3, relu, pad = full) }
check! { conv2d_untied, (2, 2, 5, 4); input(2, 5, 4) => conv2d(3, 2, tanh, untie_biases = true) => conv2d(2, 2, linear, b = none) }
check! { conv2d_window_beyond_image, (2, 1, 2, 3); input(1, 2, 3) => conv2d(2, 5, tanh, pad = 4, stride = 3) }
check! { conv2d_softmax, (2, 2, 4, 5); input(2, 4, 5) => conv2d(2, 2, softmax) => conv2d(2, 2, softmax) }
check! { conv2d_many_images, (19, 1, 4, 4); input(1, 4, 4) => conv2d(2, 3, tanh) => dense(2, linear) }

check! { conv2d_groups, (3, 4, 5, 4); input(4, 5, 4) => conv2d(6, (2, 3), tanh, num_groups = 2, stride = (2, 1), pad = 1) => conv2d(4, 2, linear, num_groups = 2, untie_biases = true) }
check! { conv2d_depthwise, (2, 3, 5, 4); input(3, 5, 4) => conv2d(6, 3, relu, num_groups = 3, pad = same) => conv2d(6, 1, softmax, num_groups = 6, b = none) }
check! { conv2d_groups_pooled, (3, 2, 6, 6); input(2, 6, 6) => conv2d(4, 3, tanh, num_groups = 2, untie_biases = true) => max_pool2d(2) => dense(2, tanh) }
check! { conv2d_by_gemm, (3, 4, 5, 4); input(4, 5, 4) => conv2d(6, 3, tanh, num_groups = 2, pad = same, algorithm = gemm) => conv2d(3, 2, elu, flip_filters = false, algorithm = gemm) }
check! { conv2d_directly, (3, 4, 5, 4); input(4, 5, 4) => conv2d(6, 3, tanh, num_groups = 2, pad = full, algorithm = direct) => conv2d(35, 2, elu, flip_filters = false, stride = (2, 1), algorithm = direct) => dense(2, tanh) }
check! { conv2d_winograd, (3, 4, 9, 6); input(4, 9, 6) => conv2d(6, 3, tanh, num_groups = 2, pad = same, algorithm = winograd) => conv2d(3, 3, elu, flip_filters = false, untie_biases = true, algorithm = winograd) => dense(2, tanh) }
check! { conv2d_fft, (3, 4, 6, 5); input(4, 6, 5) => conv2d(6, (4, 3), tanh, num_groups = 2, pad = full, algorithm = fft) => conv2d(3, 3, elu, flip_filters = false, untie_biases = true, algorithm = fft) => dense(2, tanh) }
check! { conv2d_fft_pooled, (2, 1, 8, 8); input(1, 8, 8) => conv2d(3, 3, tanh, algorithm = fft) => max_pool2d(2) => conv2d(17, 3, tanh, pad = (2, 3), algorithm = fft) => dense(2, tanh) }
check! { conv2d_winograd_pooled, (2, 1, 8, 8); input(1, 8, 8) => conv2d(3, 3, tanh, algorithm = winograd) => max_pool2d(2) => conv2d(17, 3, tanh, pad = (2, 3), algorithm = winograd) => dense(2, tanh) }
check! { conv1d_plain, (3, 2, 7); input(2, 7) => conv1d(3, 3, tanh, stride = 2, pad = 2) => conv1d(2, (2,), elu, flip_filters = false) }
check! { conv1d_groups_untied, (9, 4, 6); input(4, 6) => conv1d(2, 3, tanh, pad = same, num_groups = 2, untie_biases = true) => conv1d(3, 2, softmax, pad = full) }
check! { conv3d_plain, (2, 2, 3, 4, 3); input(2, 3, 4, 3) => conv3d(3, (2, 3, 2), tanh, stride = (1, 2, 1), pad = (1, 0, 1)) => dense(2, tanh) }
check! { conv3d_groups_untied, (2, 2, 3, 3, 4); input(2, 3, 3, 4) => conv3d(4, 3, tanh, pad = same, num_groups = 2, untie_biases = true) => conv3d(1, 2, linear, flip_filters = false, stride = 2) }

check! { transposed_conv2d_plain, (3, 2, 3, 4); input(2, 3, 4) => transposed_conv2d(3, 3, tanh, stride = 2) => conv2d(1, 2, linear) }
check! { transposed_conv2d_crop, (2, 2, 4, 3); input(2, 4, 3) => transposed_conv2d(2, (3, 2), elu, stride = (2, 3), crop = (1, 0), flip_filters = true) => transposed_conv2d(1, 3, linear, crop = same, b = none) }
check! { transposed_conv2d_full, (2, 2, 4, 5); input(2, 4, 5) => transposed_conv2d(2, 3, relu, crop = full) => dense(2, tanh) }
check! { transposed_conv2d_output_size, (9, 1, 2, 2); input(1, 2, 2) => transposed_conv2d(2, 3, softplus, stride = 3, output_size = (8, 7), untie_biases = true) => dense(2, softmax) }
check! { transposed_conv2d_softmax, (2, 2, 2, 3); input(2, 2, 3) => transposed_conv2d(2, 2, softmax) => transposed_conv2d(1, 1, tanh) }
check! { transposed_conv3d_plain, (2, 2, 2, 3, 2); input(2, 2, 3, 2) => transposed_conv3d(3, (2, 3, 2), tanh, stride = (2, 1, 2), crop = (0, 1, 0)) => transposed_conv3d(1, 2, linear, stride = 2, crop = 1, output_size = (7, 5, 7), untie_biases = true) }

check! { dilated_conv2d_plain, (3, 2, 7, 6); input(2, 7, 6) => dilated_conv2d(3, 3, tanh, dilation = 2) => dilated_conv2d(2, 2, linear, untie_biases = true) }
check! { dilated_conv2d_padded, (2, 3, 5, 6); input(3, 5, 6) => dilated_conv2d(2, (3, 1), elu, dilation = (2, 3), pad = same, flip_filters = true) => dilated_conv2d(2, 2, softmax, dilation = (1, 3), pad = full, b = none) }

check! { locally_connected2d_plain, (3, 2, 4, 3); input(2, 4, 3) => locally_connected2d(3, 3, tanh) => locally_connected2d(2, (1, 3), linear, b = none) }
check! { locally_connected2d_untied, (9, 2, 3, 4); input(2, 3, 4) => locally_connected2d(3, 2, softmax, pad = valid, untie_biases = true, flip_filters = false) => locally_connected2d(1, 2, tanh, pad = 1) }
check! { locally_connected2d_channelwise, (3, 3, 4, 3); input(3, 4, 3) => locally_connected2d(3, (3, 1), elu, channelwise = true) => locally_connected2d(3, 3, linear, channelwise = true, flip_filters = false) }

check! { nin_of_images, (9, 3, 2, 4); input(3, 2, 4) => nin(4, tanh) => nin(2, linear, untie_biases = true) => nin(3, softmax, b = none) }
check! { nin_of_other_ranks, (3, 4); input(4) => nin(6, tanh, untie_biases = true) => nin(6, softmax) => reshape(3, 2) => nin(5, elu) => reshape(5, 1, 1, 2) => nin(2, linear) }

check! { conv2d_pooled, (3, 1, 8, 8); input(1, 8, 8) => conv2d(3, 3, relu) => max_pool2d(2) => conv2d(2, 2, tanh) => max_pool2d((2, 1)) => dense(3, softmax) }
check! { conv2d_pooled_overlapping, (2, 2, 7, 7); input(2, 7, 7) => conv2d(3, 3, elu, pad = same) => max_pool2d(3, stride = 2) => dropout(0.3) => dense(3, softmax) }

check! { shapes, (3, 4, 6); input(4, 6) => reshape(2, 3, 4) => conv2d(2, 2, tanh) => flatten(outdim = 3) => dense(3, tanh) => reshape(3, 1) => flatten }
check! { nonlinearities_alone, (3, 6); input(6) => dense(5, linear) => nonlinearity(tanh) => nonlinearity(softplus) => dense(4, linear) => nonlinearity(softmax) }
check! { view_of_an_input_as_output, (3, 4), (3, 2); let a = input(4); let b = input(2); (a => reshape(2, 2), b => dense(2, tanh)) }

check! { a_residual, (4, 5);
    let x = input(5);
    let inner = x => dense(5, tanh) => dense(5, linear);
    add(x, inner) => nonlinearity(tanh) => dense(3, softmax)
}
check! { one_value_twice, (4, 5); let x = input(5) => dense(4, tanh); add(x, x) => dense(3, tanh) }
check! { one_input_twice, (4, 5); let x = input(5); concat(x, x, x) => dense(3, tanh) }
check! { branches, (3, 1, 6, 6), (3, 4);
    let image = input(1, 6, 6);
    let vector = input(4);
    let wide = image => conv2d(2, 3, relu) => max_pool2d(2) => flatten;
    let narrow = image => conv2d(2, 5, tanh) => flatten;
    let both = concat(wide, narrow, vector) => shared: dense(6, tanh);
    let deep = both => dropout(0.2) => dense(6, elu);
    let sum = add(both, deep, both);
    (sum => dense(3, softmax), both, deep => dense(2, sigmoid))
}
check! { an_output_that_is_read_on, (3, 5); let h = input(5) => dense(4, sigmoid); (h, h => dense(3, tanh), h => reshape(2, 2)) }
check! { one_input_in_two_merges, (4, 5), (4, 3);
    let x = input(5);
    let mark = input(3);
    let a = x => dense(4, tanh);
    let b = concat(a, mark) => dense(4, tanh) => dense(3, tanh);
    concat(b, mark, a) => dense(2, tanh)
}
check! { concat_of_channels, (2, 2, 4, 4); let x = input(2, 4, 4); let a = x => conv2d(3, 3, tanh, pad = same); concat(x, a) => conv2d(2, 3, tanh) }
check! { concat_of_columns, (2, 3, 4); let x = input(3, 4); let a = x => dense(2, tanh, num_leading_axes = 2); concat(x, a, axis = 2) => dense(2, tanh) }
check! { a_deep_chain, (3, 5); input(5) => repeat(6) { dense(5, tanh) => dropout(0.1) } => dense(2, softmax) }

#[test]
fn a_wrong_gradient_is_found() {
    #[derive(Clone, Copy)]
    struct Wrong;
    impl Wrong {
        const fn output_shape(&self, input: Shape) -> Shape {
            input
        }
    }
    use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
    use layercake::{Cpu, Device, Real, Shape, parameters::Builder};
    impl Layer for Wrong {
        type Parameters<T: Real, D: Device> = ();
        fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
    }
    impl<T: Real> Compute<T, Cpu> for Wrong {
        type Memory = ();
        fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
            y.values.iter_mut().zip(x.values).for_each(|(y, &x)| *y = x * x);
        }
        fn backward(
            &self,
            _: &Pass<'_, Cpu>,
            (): &(),
            (): &mut (),
            (): &mut (),
            signals: Backward<'_, T, Cpu, 1>,
        ) {
            if let [Some(gradient)] = signals.input_gradients {
                gradient.values.copy_from_slice(signals.output_gradient.values);
            }
        }
    }
    network! { struct Checked < input(3) => first: dense(2, tanh) => Wrong > }
    let x = Array2::from_elem((2, 3), 0.3);
    let error = check::gradients(&mut Checked::<f64>::new(1), &x, 1e-7).unwrap_err().to_string();
    assert!(
        error.starts_with("the gradient with respect to the parameter `first.w`, element 0, is "),
        "{error}"
    );
}

#[test]
fn inputs_of_any_layout_give_the_same() {
    network! { struct Laid < input(2, 3) => dense(4, tanh) > }
    let net = Laid::<f64>::new(1);
    let x: Array3<f64> = values((5, 2, 3));
    let mut turned = Array3::zeros((5, 2, 3).f());
    turned.assign(&x);
    assert!(!turned.is_standard_layout());
    assert_eq!(net.forward(&x).unwrap(), net.forward(&turned).unwrap());
}

#[test]
fn wrong_inputs_are_named() {
    network! {
        struct Two <
            let left = input(3, batch = 4);
            let right = input(2);
            concat(left, right) => dense(2)
        >
    }
    let net = Two::<f32>::new(1);
    let forward = |left: (usize, usize), right: (usize, usize)| {
        let (left, right) = (Array2::zeros(left), Array2::zeros(right));
        net.forward((left.view(), right.view())).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(forward((4, 3), (4, 2)), Ok(()));
    assert_eq!(
        forward((4, 3), (4, 5)).unwrap_err(),
        "the input `right` must be (batch, 2), and the array given has shape [4, 5]"
    );
    assert!(forward((3, 3), (3, 2)).unwrap_err().starts_with("the network's text fixes the batch to 4"));
    assert!(forward((4, 3), (3, 2)).unwrap_err().contains("`right`"));
}

#[test]
fn batches_of_any_size() {
    network! { struct Any < input(1, 4, 4) => conv2d(2, 3) => max_pool2d(2) => dense(3, softmax) > }
    let mut net = Any::<f64>::new(2);
    let x: Array4<f64> = values((9, 1, 4, 4));
    let all = net.forward(&x).unwrap();
    let mut inference = net.inference();
    let mut training = net.training(1);
    for size in [3, 9, 1, 2, 0] {
        let part = x.slice(ndarray::s![..size, .., .., ..]);
        net.forward_with(&mut inference, part).unwrap();
        net.forward_training(&mut training, part).unwrap();
        assert_eq!(inference.outputs.get().shape(), [size, 3]);
        let difference =
            |found: Array2<f64>| found.iter().zip(all.iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(difference(inference.outputs.get()) < 1e-14);
        assert!(difference(training.outputs.get()) < 1e-14);
        training.outputs.set_gradient(Array2::ones((size, 3)).view()).unwrap();
        net.backward(&mut training);
    }
}
