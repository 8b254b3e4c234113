//! Convolutions, alone and with max-pooling.

use super::*;
use crate::same;
use layercake::Device;
use layercake::data::Minibatches;
use layercake_tests::networks::Cnn;
use ndarray::{Array1, Array4};

same! {
    conv2d_of_one, (1, 1, 1, 1); { input(1, 1, 1) => conv2d(1, 1, tanh) }
    conv2d_larger_than_a_tile, (3, 2, 13, 11); {
        input(2, 13, 11) => conv2d(67, 3, relu) => conv2d(5, 3, elu, flip_filters = false)
    }
    conv2d_padded, (2, 3, 7, 5); { input(3, 7, 5) => conv2d(5, (3, 5), tanh, pad = same) => conv2d(2, 2, linear, pad = full) }
    conv2d_strided, (2, 2, 11, 8); {
        input(2, 11, 8) => conv2d(3, 3, leaky_relu(0.2), stride = (2, 3), pad = (2, 1), flip_filters = false)
            => conv2d(4, 2, softplus, stride = 2, pad = 1)
    }
    conv2d_untied, (3, 2, 6, 5); { input(2, 6, 5) => conv2d(3, 3, sigmoid, untie_biases = true) => dense(2, linear) }
    conv2d_groups, (2, 6, 5, 7); { input(6, 5, 7) => conv2d(9, 3, tanh, num_groups = 3, b = none) => conv2d(9, 2, num_groups = 9) }
    conv2d_softmax, (2, 2, 4, 5); { input(2, 4, 5) => conv2d(3, 2, softmax, untie_biases = true) }
    conv2d_normalized, (3, 2, 6, 5); { input(2, 6, 5) => conv2d(3, 3, tanh, norm = batch_norm) => nin(4, elu, norm = layer_norm) => nin(2, tanh) }
    other_filters_normalized, (3, 2, 6, 5); {
        input(2, 6, 5)
            => dilated_conv2d(3, 2, tanh, dilation = 2, norm = instance_norm)
            => transposed_conv2d(2, 3, elu, norm = batch_norm)
            => locally_connected2d(2, 3, tanh, norm = layer_norm)
            => dense(3, tanh)
    }
    lines_and_volumes_normalized, (3, 2, 4, 5, 3); {
        input(2, 4, 5, 3)
            => conv3d(3, 2, tanh, norm = batch_norm)
            => transposed_conv3d(2, 2, tanh, norm = instance_norm)
            => reshape([1], -1)
            => conv1d(2, 4, elu, norm = layer_norm)
            => dense(3, tanh)
    }
    conv1d, (4, 3, 37); { input(3, 37) => conv1d(4, 5, tanh, stride = 2, pad = 2) => conv1d(3, 4, untie_biases = true) }
    conv3d, (2, 2, 5, 4, 6); { input(2, 5, 4, 6) => conv3d(3, (3, 2, 3), tanh, pad = 1) => conv3d(2, 2, stride = (2, 1, 2)) }
    dilated_conv2d, (2, 3, 9, 8); {
        input(3, 9, 8) => dilated_conv2d(4, 3, tanh, dilation = (2, 1), pad = 1)
            => dilated_conv2d(2, 2, dilation = 3, flip_filters = true)
    }
    nin, (3, 5, 4, 3); { input(5, 4, 3) => nin(40, tanh) => nin(3, elu, untie_biases = true) => nin(2, softmax, b = none) }
    nin_of_channels, (3, 5); { input(5) => nin(4, sigmoid) }
    transposed_conv2d, (2, 3, 4, 5); {
        input(3, 4, 5) => transposed_conv2d(5, 3, tanh, stride = 2, crop = 1)
            => transposed_conv2d(2, (2, 3), relu, stride = (3, 1), flip_filters = true, untie_biases = true)
    }
    transposed_conv3d, (2, 2, 2, 3, 2); { input(2, 2, 3, 2) => transposed_conv3d(3, 2, tanh, stride = (1, 2, 3), output_size = (3, 7, 5)) }
    locally_connected2d, (5, 3, 4, 5); {
        input(3, 4, 5) => locally_connected2d(4, 3, tanh) => locally_connected2d(2, 2, relu, pad = valid, untie_biases = true, flip_filters = false)
    }
    locally_connected2d_channelwise, (9, 3, 5, 4); { input(3, 5, 4) => locally_connected2d(3, (3, 1), elu, channelwise = true, b = none) }

    // Batches so large that a thread has many sums, with lines in one tile and in two, and what is left over everywhere.
    conv2d_of_many_short_lines, (11, 3, 8, 12); {
        input(3, 8, 12) => conv2d(33, 3, tanh, pad = same) => conv2d(36, (5, 3), elu, pad = same, flip_filters = false) => max_pool2d(2)
    }
    conv2d_of_many_long_lines, (9, 3, 14, 13); {
        input(3, 14, 13) => conv2d(34, 3, tanh, pad = same) => conv2d(37, 3, relu, pad = 1) => max_pool2d(2, ignore_border = false)
    }
    conv2d_in_bands, (3, 2, 50, 41); { input(2, 50, 41) => conv2d(6, (4, 2), relu, pad = (1, 0)) => max_pool2d((3, 2)) => conv2d(7, 7, tanh, pad = same) }
    conv2d_too_large_for_planes, (1, 1, 3, 700); { input(1, 3, 700) => conv2d(2, 3, tanh, pad = same) => conv2d(1, (2, 9), tanh) }

    conv2d_by_gemm, (2, 2, 5, 4); { input(2, 5, 4) => conv2d(3, 2, tanh, algorithm = gemm) => conv2d(2, 2, algorithm = direct) }

    pooled_in_registers, (3, 2, 12, 10); { input(2, 12, 10) => conv2d(35, 3, relu) => max_pool2d(2) => conv2d(4, 2, tanh) => max_pool2d((1, 2)) }
    pooled_by_three, (2, 1, 11, 12); { input(1, 11, 12) => conv2d(5, 3, elu, pad = same) => max_pool2d(3) }
    pools_with_gaps, (2, 2, 9, 11); { input(2, 9, 11) => conv2d(3, 2, selu) => max_pool2d((2, 1), stride = (3, 2)) }
    pools_with_borders, (2, 2, 8, 8); { input(2, 8, 8) => conv2d(3, 2, sigmoid, num_groups = 1) => max_pool2d(2, ignore_border = false) }
    pools_of_groups, (2, 4, 7, 7); { input(4, 7, 7) => conv2d(6, 2, tanh, num_groups = 2, stride = 1) => max_pool2d(2) }
    overlapping_pools, (2, 2, 9, 8); { input(2, 9, 8) => conv2d(3, 2, relu) => max_pool2d(3, stride = 2, pad = 1) => conv2d(2, 2, tanh) => max_pool2d(2, stride = 1) }
    pools_of_untied_sums, (2, 2, 6, 6); { input(2, 6, 6) => conv2d(3, 3, tanh, untie_biases = true) => max_pool2d(2) }
    pools_of_falling_values, (2, 2, 6, 6); { input(2, 6, 6) => conv2d(3, 3, scaled_tanh(0.7, -1.2)) => max_pool2d(2) }
}

#[test]
fn algorithms_of_processors_alone_are_refused() {
    network! { struct Plain < input(1, 6, 6) => conv2d(2, 3, algorithm = winograd) > }
    network! { struct Pooling < input(1, 6, 6) => seen: conv2d(2, 3, algorithm = fft) => max_pool2d(2) > }
    network! { struct Shared < input(2, 6, 6) => conv2d(2, 3, pad = same) => conv2d(2, 3, algorithm = winograd, share = conv2d1) > }
    network! {
        struct Inner <
            input(3, 1, 5, 4) => custom_recurrent(
                input_to_hidden = { conv2d(2, 3, tanh, pad = same) => conv2d(2, 3, pad = same, algorithm = winograd) },
                hidden_to_hidden = { conv2d(2, 3, linear, pad = same) }
            )
        >
    }
    let refused = |error: layercake::DeviceError, layer: &str| {
        let expected = format!(
            "cuda: there are no kernels for the conv2d {layer}; use algorithm = auto, direct, gemm or cudnn"
        );
        assert_eq!(error.to_string(), expected);
    };
    for device in devices::cuda() {
        refused(Plain::<f32>::new(1).to(&device).unwrap_err(), "`conv2d1` with algorithm = winograd");
        refused(Pooling::<f32>::new(1).to(&device).unwrap_err(), "`seen` with algorithm = fft");
        refused(Shared::<f64>::new(1).to(&device).unwrap_err(), "`conv2d2` with algorithm = winograd");
        refused(
            Inner::<f64>::new(1).to(&device).unwrap_err(),
            "`custom_recurrent1` with algorithm = winograd",
        );
        // One that is made there says it to the first who asks, and never computes.
        let net = Plain::<f32, Cuda>::on(&device, 1);
        refused(Device::status(&device).unwrap_err(), "`conv2d1` with algorithm = winograd");
        let x: Array4<f32> = training::values((2, 1, 6, 6));
        let error = net.forward(&x).unwrap_err().to_string();
        assert!(error.contains("memory that could not be had before"), "{error}");
    }
}

/// Steps and epochs, with a last minibatch of another size.
#[test]
fn convolutional_networks_train_as_on_the_processor() {
    let x: Array4<f64> = training::values((7, 2, 14, 13));
    let classes = Array1::from_shape_fn(7, |i| (i * 7 % 10) as u8);
    for device in devices::cuda() {
        let net = Cnn::<f64>::new(1);
        let mut on_gpu =
            Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, nesterov_momentum(0.1, 0.9));
        let mut on_cpu = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.1, 0.9));
        let mut minibatches = Minibatches::new(x.view(), classes.view(), 3).unwrap().shuffled(1, 0);
        for epoch in 0..2 {
            minibatches.restart(epoch);
            let found = on_gpu.epoch(&mut minibatches).unwrap();
            minibatches.restart(epoch);
            let expected = on_cpu.epoch(&mut minibatches).unwrap();
            assert!((found - expected).abs() < 1e-10, "epoch {epoch}: found {found}, expected {expected}");
            let (found, expected) = (on_gpu.step(&x, &classes).unwrap(), on_cpu.step(&x, &classes).unwrap());
            assert!((found - expected).abs() < 1e-10, "step {epoch}: found {found}, expected {expected}");
        }
        let found = on_gpu.net.to(&Cpu::default()).unwrap();
        for (found, expected) in found.parameter_values().iter().zip(on_cpu.net.parameter_values()) {
            assert_close("parameters", found.view(), expected.view(), 1e-9);
        }
        let (found, expected) =
            (on_gpu.evaluate(&x, &classes).unwrap(), on_cpu.evaluate(&x, &classes).unwrap());
        assert!((found - expected).abs() < 1e-10, "found {found}, expected {expected}");
    }
}

/// The library's convolutions, which the emulated device computes as simply as possible, against the same layers on the
/// processor.
macro_rules! by_cudnn {
    ($($name:ident, $shape:expr; $input:tt => $kind:ident($($argument:tt)*) $(=> $rest:ident($($of_rest:tt)*))*;)*) => {$(
        #[test]
        fn $name() {
            network! { struct Plain < input $input => $kind($($argument)*) $(=> $rest($($of_rest)*))* > }
            network! { struct Library < input $input => $kind($($argument)*, algorithm = cudnn) $(=> $rest($($of_rest)*))* > }
            for device in devices::cuda() {
                compare(&Plain::<f64>::new(5), Library::<f64, Cuda>::on(&device, 5), &training::values($shape), 1e-12);
                compare(&Plain::<f32>::new(5), Library::<f32, Cuda>::on(&device, 5), &training::values($shape), 2e-5);
            }
        }
    )*};
}

by_cudnn! {
    conv1d_by_cudnn, (2, 3, 11); (3, 11) => conv1d(4, 3, tanh, stride = 2, pad = 1, untie_biases = true);
    conv2d_by_cudnn, (2, 3, 6, 7); (3, 6, 7) => conv2d(5, (3, 2), relu, pad = full, b = none, flip_filters = false);
    conv2d_in_groups_by_cudnn, (2, 4, 6, 7); (4, 6, 7) => conv2d(6, 3, elu, stride = (2, 1), pad = same, num_groups = 2)
        => max_pool2d(2) => dense(3, tanh);
    conv2d_softmax_by_cudnn, (2, 1, 4, 5); (1, 4, 5) => conv2d(2, 2, softmax, b = none);
    conv2d_with_batch_norm_by_cudnn, (3, 2, 5, 4); (2, 5, 4) => conv2d(3, 3, relu, norm = batch_norm) => dense(2, tanh);
    conv3d_by_cudnn, (2, 2, 4, 5, 3); (2, 4, 5, 3) => conv3d(3, (2, 3, 2), sigmoid, stride = (1, 2, 1));
}
