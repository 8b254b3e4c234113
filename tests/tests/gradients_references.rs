//! Layers that name an earlier layer, shared parameters and inverses: finite differences, and what they make.

use layercake::prelude::*;
use layercake::{Heads, check};
use layercake_tests::training::values;
use ndarray::{Array2, Array4};

/// Checks a network made of the text, for an input of the given shape (the batch axis included).
macro_rules! check {
    ($name:ident, $shape:expr; $($network:tt)*) => {
        #[test]
        fn $name() {
            network! { struct Checked < $($network)* > }
            let mut net = Checked::<f64>::new(5);
            for parameter in net.parameters_mut() {
                let noise = values(parameter.shape()).mapv(|value: f64| 0.3 * value);
                let value = parameter.get() + noise;
                parameter.set(value.view()).unwrap();
            }
            check::gradients(&mut net, &values($shape), 2e-7).unwrap();
        }
    };
}

check! { shared_dense, (4, 5); input(5) => hidden: dense(5, tanh) => dense(5, elu, share = hidden) => dense(5, share = dense1) => dense(2) }
check! { shared_in_a_repeat, (4, 5); input(5) => first: dense(5, tanh) => repeat(3) { dense(5, tanh, share = first) => dropout(0.2) } => dense(2) }
check! { shared_by_two_branches, (4, 3, 6);
    let x = input(3, 6);
    let a = x => both: dense(4, tanh, num_leading_axes = 2) => flatten;
    let b = x => nonlinearity(tanh) => dense(4, sigmoid, num_leading_axes = 2, share = both) => flatten;
    (concat(a, b) => dense(2, softmax), a)
}
check! { shared_chains_of_both_directions, (3, 4, 2);
    let x = input(4, 2);
    let a = x => there: custom_recurrent(
        input_to_hidden = { dense(3, linear) },
        hidden_to_hidden = { dense(2, tanh) => dense(3, linear, b = none) },
        nonlinearity = tanh,
        learn_init = true
    );
    let b = x => custom_recurrent(share = there, nonlinearity = tanh, backwards = true);
    concat(a, b, axis = 2) => dense(2, tanh)
}
check! { shared_start_learned_by_one, (3, 4, 2);
    let x = input(4, 2);
    let a = x => there: gru(3, learn_init = true);
    let b = x => gru(3, share = there, backwards = true);
    concat(a, b, axis = 2) => dense(2, tanh)
}
check! { shared_without_biases, (4, 5); input(5) => dense(5, tanh, b = none) => dense(5, linear, b = none, share = dense1) }
check! { shared_filters_on_images_of_other_sizes, (3, 2, 7, 6); input(2, 7, 6) => conv2d(2, 3, tanh) => max_pool2d((2, 1)) => conv2d(2, 3, linear, pad = same, share = conv2d1) => max_pool2d(2) }

check! { inverse_of_dense, (4, 6); input(6) => dense(3, tanh) => inverse(dense1) }
check! { inverse_of_dense_with_relu, (4, 6); input(6) => h: dense(5, relu) => dense(5, tanh) => inverse(h) => dense(2) }
check! { inverse_of_dense_with_softmax, (4, 6); input(6) => h: dense(4, softmax) => dense(4, linear) => inverse(h) }
check! { inverse_of_dense_with_leading_axes, (3, 2, 5); input(2, 5) => h: dense(4, softplus, num_leading_axes = 2) => inverse(h) => dense(2) }
check! { inverse_of_dense_on_images, (3, 2, 2, 3); input(2, 2, 3) => dense(5, elu) => inverse(dense1) => conv2d(1, 2, tanh) }
check! { inverse_of_functions, (3, 5); input(5) => dense(5, selu) => inverse(dense1) => a: nonlinearity(sigmoid) => b: nonlinearity(scaled_tanh(0.5, 2.27)) => inverse(b) => inverse(a) }
check! { inverse_of_conv2d, (3, 2, 6, 5); input(2, 6, 5) => conv2d(3, 3, tanh) => inverse(conv2d1) => conv2d(2, 2) }
check! { inverse_of_conv2d_stride_pad, (2, 2, 7, 6); input(2, 7, 6) => a: conv2d(3, (3, 2), elu, stride = (2, 3), pad = (2, 1), flip_filters = false) => inverse(a) }
check! { inverse_of_conv2d_softmax_untied, (2, 1, 4, 5); input(1, 4, 5) => a: conv2d(2, 2, softmax, untie_biases = true) => inverse(a) => dense(2) }
check! { an_autoencoder, (3, 1, 8, 8);
    input(1, 8, 8)
    => conv2d(3, 3, tanh)
    => max_pool2d(2)
    => flatten
    => dense(10, tanh)
    => inverse(dense1)
    => inverse(flatten1)
    => inverse(max_pool2d1)
    => inverse(conv2d1)
}
check! { unpooling_with_overlaps, (2, 2, 7, 6); input(2, 7, 6) => max_pool2d(3, stride = 2, pad = 1) => nonlinearity(tanh) => inverse(max_pool2d1) => dense(3) }
check! { inverse_of_conv1d_and_conv3d, (2, 2, 6); input(2, 6) => a: conv1d(3, 3, elu, stride = 2, pad = 1) => inverse(a) => reshape(1, 2, 3, 2) => b: conv3d(2, (2, 2, 1), tanh, untie_biases = true) => inverse(b) }
check! { inverse_of_grouped_filters, (2, 4, 5, 4); input(4, 5, 4) => a: conv2d(6, (2, 3), tanh, num_groups = 2, stride = (2, 1), pad = 1) => inverse(a) }
check! { inverse_of_transposed_conv2d, (3, 2, 3, 4); input(2, 3, 4) => a: transposed_conv2d(3, 3, tanh, stride = 2, crop = 1) => inverse(a) }
check! { inverse_of_transposed_conv3d, (2, 1, 2, 2, 3); input(1, 2, 2, 3) => a: transposed_conv3d(2, 2, elu, b = none) => inverse(a) }
check! { inverse_of_dilated_conv2d, (3, 2, 7, 6); input(2, 7, 6) => a: dilated_conv2d(3, 3, tanh, dilation = 2) => inverse(a) }
check! { inverse_of_locally_connected2d, (3, 2, 4, 3); input(2, 4, 3) => a: locally_connected2d(3, 3, tanh) => inverse(a) }
check! { inverse_of_nin, (3, 3, 2, 4); input(3, 2, 4) => a: nin(4, softplus, untie_biases = true) => inverse(a) }
check! { inverse_of_pools, (2, 2, 6, 5);
    input(2, 6, 5)
    => a: pool2d(2, stride = 1, pad = 1, mode = average_exc_pad) => b: max_pool2d(2, stride = (2, 3)) => nonlinearity(tanh)
    => inverse(b) => inverse(a)
    => c: pool2d((3, 2), ignore_border = false) => d: spatial_pyramid_pooling([2, 1]) => inverse(d) => inverse(c)
    => e: global_pool(pool_function = max) => f: reshape([1], 1) => inverse(f) => inverse(e)
    => g: feature_pool(2) => h: feature_wta(2, axis = 2) => inverse(h) => inverse(g)
    => i: feature_pool(3, axis = 2, pool_function = mean) => nonlinearity(tanh) => inverse(i)
    => j: spatial_pyramid_pooling([2], mode = average_inc_pad) => inverse(j)
    => k: global_pool => inverse(k)
}
check! { inverse_of_pools_of_sequences_and_volumes, (2, 2, 7); input(2, 7) => a: max_pool1d(2, stride = 1) => b: upscale1d(2) => inverse(b) => inverse(a) => reshape(1, 2, 7, 1) => c: pool3d((2, 2, 1), mode = max) => nonlinearity(tanh) => inverse(c) }
check! { inverse_of_axes, (3, 2, 4, 3); input(2, 4, 3) => a: dimshuffle(3, x, 1, 2) => b: pad(1, val = 0.7, batch_ndim = 3) => c: slice(1..3, axis = 3) => d: slice(0, axis = 2) => nonlinearity(tanh) => inverse(d) => inverse(c) => inverse(b) => inverse(a) => e: upscale2d((2, 1), mode = dilate) => nonlinearity(sigmoid) => inverse(e) }
check! { inverse_of_noise, (3, 5, 4); input(5, 4) => a: dropout(0.3) => b: gaussian_noise(0.1) => c: rrelu => d: dropout_channels(0.4, rescale = false) => nonlinearity(tanh) => inverse(d) => inverse(c) => inverse(b) => inverse(a) }
check! { inverse_of_parameters, (3, 2, 4); input(2, 4) => a: scale => b: bias => c: prelu => nonlinearity(tanh) => inverse(c) => inverse(b) => inverse(a) }
check! { inverse_of_batch_norm, (4, 3, 4); input(3, 4) => a: batch_norm => nonlinearity(tanh) => inverse(a) }
check! { inverse_of_batch_norm_by_averages, (4, 3, 4); input(3, 4) => a: batch_norm(use_averages = true, update_averages = false, gamma = none) => nonlinearity(tanh) => inverse(a) }
check! { inverse_of_layer_norm, (4, 3, 4); input(3, 4) => a: layer_norm => nonlinearity(tanh) => inverse(a) }
check! { inverse_of_instance_norm, (4, 3, 4); input(3, 4) => a: instance_norm(learn_scale = true, learn_bias = true) => nonlinearity(tanh) => inverse(a) }
check! { inverse_of_response_normalization, (2, 6, 2, 3); input(6, 2, 3) => a: local_response_normalization2d(alpha = 0.3, k = 1) => nonlinearity(tanh) => inverse(a) }
check! { inverse_of_an_expression, (3, 4); input(4) => a: expression(|x| x * x * x, |x| 3.0 * x * x) => nonlinearity(tanh) => inverse(a) }
check! { inverse_of_a_shared_layer, (3, 4); input(4) => a: dense(4, tanh) => b: dense(4, sigmoid, share = a) => inverse(b) => inverse(a) }
check! { inverse_of_an_output, (3, 4); let h = input(4) => a: dense(3, tanh); (h, h => inverse(a)) }

check! { shared_conv1d_and_3d, (2, 2, 6); input(2, 6) => conv1d(2, 3, tanh, pad = same) => conv1d(2, 3, elu, pad = full, share = conv1d1) => reshape(2, 2, 2, 2) => conv3d(2, (1, 2, 1), tanh) => conv3d(2, (1, 2, 1), linear, share = conv3d1, pad = (0, 1, 0)) }
check! { shared_transposed_and_dilated, (2, 2, 3, 3); input(2, 3, 3) => transposed_conv2d(2, 3, tanh) => transposed_conv2d(2, 3, tanh, crop = same, share = transposed_conv2d1) => dilated_conv2d(2, 2, tanh) => dilated_conv2d(2, 2, linear, dilation = 2, share = dilated_conv2d1) }
check! { shared_local_and_nin, (3, 2, 3, 4); input(2, 3, 4) => locally_connected2d(2, 3, tanh) => locally_connected2d(2, 3, elu, share = locally_connected2d1) => nin(2, tanh, untie_biases = true) => nin(2, linear, untie_biases = true, share = nin1) }
check! { shared_channelwise, (3, 2, 3, 4); input(2, 3, 4) => locally_connected2d(2, 3, tanh, channelwise = true, b = none) => locally_connected2d(2, 3, linear, channelwise = true, b = none, share = locally_connected2d1) }
check! { shared_elementwise, (3, 2, 4); input(2, 4) => bias(shared_axes = (0, 1)) => scale => prelu => bias(shared_axes = (0, 1), share = bias1) => scale(share = scale1) => prelu(share = prelu1) => nonlinearity(tanh) }
check! { shared_normalizations, (5, 3, 4); input(3, 4) => batch_norm => batch_norm(share = batch_norm1) => instance_norm(learn_scale = true, learn_bias = true) => instance_norm(learn_scale = true, learn_bias = true, share = instance_norm1) => layer_norm => layer_norm(share = layer_norm1) }
check! { shared_recurrent, (3, 4, 5); input(4, 5) => recurrent(5, nonlinearity = tanh, learn_init = true) => recurrent(5, nonlinearity = elu, learn_init = true, share = recurrent1) => lstm(5, learn_init = true) => lstm(5, backwards = true, learn_init = true, share = lstm1) => gru(5) => gru(5, share = gru1) }

/// `weight x^3`, with one weight for all.
mod own {
    use layercake::init::Init;
    use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
    use layercake::layers::{Differences, Invert};
    use layercake::parameters::{Builder, Tags};
    use layercake::{Cpu, Device, Parameter, Parameters, Real, Shape};

    #[derive(Clone, Copy, Debug)]
    pub struct Cube;

    impl Cube {
        pub const fn output_shape(&self, input: Shape) -> Shape {
            input
        }
    }

    #[derive(Clone, Debug, Parameters)]
    pub struct CubeParameters<T: Real, D: Device = Cpu> {
        pub weight: Parameter<T, D>,
    }

    impl Layer for Cube {
        type Parameters<T: Real, D: Device> = CubeParameters<T, D>;

        fn parameters<T: Real, D: Device>(
            &self,
            _: &[Shape],
            builder: &mut Builder<'_, D>,
        ) -> CubeParameters<T, D> {
            CubeParameters { weight: builder.parameter("weight", &[1], Init::Constant(0.8), Tags::WEIGHT) }
        }
    }

    impl<T: Real> Compute<T, Cpu> for Cube {
        type Memory = ();

        fn forward(
            &self,
            _: &Pass<'_, Cpu>,
            parameters: &CubeParameters<T>,
            [x]: [Signal<'_, T>; 1],
            y: SignalMut<'_, T>,
        ) {
            let weight = parameters.weight.slice()[0];
            y.values.iter_mut().zip(x.values).for_each(|(y, &x)| *y = weight * x * x * x);
        }

        fn backward(
            &self,
            _: &Pass<'_, Cpu>,
            parameters: &CubeParameters<T>,
            gradients: &mut CubeParameters<T>,
            (): &mut (),
            signals: Backward<'_, T, Cpu, 1>,
        ) {
            let ([x], [to]) = (signals.inputs, signals.input_gradients);
            let pairs = || x.values.iter().zip(&*signals.output_gradient.values);
            gradients.weight.slice_mut()[0] = pairs().map(|(&x, &dy)| dy * x * x * x).sum();
            let weight = T::of(3.0) * parameters.weight.slice()[0];
            if let Some(to) = to {
                to.values.iter_mut().zip(pairs()).for_each(|(to, (&x, &dy))| *to = dy * weight * x * x);
            }
        }
    }

    impl Invert for Cube {
        type By = Differences;
    }
}

check! { inverse_of_a_layer_of_ones_own, (3, 4); input(4) => a: own::Cube => nonlinearity(tanh) => inverse(a) }

#[test]
fn shared_parameters_count_once() {
    network! {
        struct Tied <
            input(5) => hidden: dense(5, tanh) => dense(5, tanh, share = hidden) => dense(5) => dense(5, share = dense2)
        >
    }
    let net = Tied::<f32>::new(1);
    let names: Vec<&str> = net.parameters().iter().map(|parameter| parameter.name()).collect();
    assert_eq!(names, ["hidden.w", "hidden.b", "dense2.w", "dense2.b"]);
    assert_eq!((net.count_parameters(), net.summary().parameters()), (60, 60));
}

#[test]
fn a_shared_layer_is_applied_twice() {
    network! { struct Once < input(5) => hidden: dense(5, tanh) > }
    network! { struct Twice < input(5) => hidden: dense(5, tanh) => dense(5, tanh, share = hidden) > }
    let (once, mut twice) = (Once::<f64>::new(1), Twice::<f64>::new(2));
    twice.set_parameter_values(&once.parameter_values()).unwrap();
    let x: Array2<f64> = values((3, 5));
    assert_eq!(once.forward(&once.forward(&x).unwrap()).unwrap(), twice.forward(&x).unwrap());
}

#[test]
fn unpooling_puts_values_where_the_largest_were() {
    network! { struct Unpool < input(1, 2, 4) => max_pool2d(2) => inverse(max_pool2d1) > }
    let x = Array4::from_shape_vec((1, 1, 2, 4), vec![1., 2., 9., 8., 4., 3., 6., 7.]).unwrap();
    let expected = Array4::from_shape_vec((1, 1, 2, 4), vec![0., 0., 9., 0., 4., 0., 0., 0.]).unwrap();
    assert_eq!(Unpool::<f64>::new(1).forward(&x).unwrap(), expected);
}

/// The inverse of a layer against the gradient that the layer's own network gives for the same values.
macro_rules! transposes {
    ($($name:ident, $shape:expr; { $($layer:tt)* } $inverse:tt;)*) => {$(
        #[test]
        fn $name() {
            network! { struct Plain < input $inverse => of: $($layer)* > }
            network! { struct Inverted < let x = input $inverse; let v = x => of: $($layer)*; v => inverse(of) > }
            let (mut plain, mut inverted) = (Plain::<f64>::new(3), Inverted::<f64>::new(3));
            let x = values($shape);
            let mut training = plain.training(7);
            plain.forward_training(&mut training, &x).unwrap();
            let upstream = training.outputs.get();
            training.outputs.set_gradients(&upstream).unwrap();
            let expected = plain.backward_to_inputs(&mut training);
            let mut training = inverted.training(7);
            inverted.forward_training(&mut training, &x).unwrap();
            let difference = (&training.outputs.get() - &expected).mapv(f64::abs);
            assert!(difference.iter().all(|&difference| difference < 1e-12), "{difference}");
        }
    )*};
}

transposes! {
    transposes_dense, (4, 5); { dense(3, tanh) } (5);
    transposes_conv2d, (2, 2, 5, 6); { conv2d(3, 3, elu, pad = 1, stride = 2) } (2, 5, 6);
    transposes_dropout, (4, 50); { dropout(0.5) } (50);
    transposes_batch_norm, (6, 3, 4); { batch_norm } (3, 4);
    transposes_prelu, (4, 5); { prelu } (5);
}
