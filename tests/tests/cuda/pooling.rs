//! Pooling and upscaling.

use super::*;
use crate::same;
use ndarray::{Array2, Array4};

same! {
    max_pool1d, (2, 3, 19); { input(3, 19) => max_pool1d(3, stride = 2, pad = 1) }
    max_pool2d, (3, 2, 7, 6); { input(2, 7, 6) => max_pool2d(2) => dense(3, tanh) }
    max_pool2d_overlapping, (2, 2, 9, 8); { input(2, 9, 8) => max_pool2d(3, stride = 1, pad = 1) => max_pool2d(2, stride = 2, ignore_border = false) }
    max_pool3d, (2, 2, 5, 4, 6); { input(2, 5, 4, 6) => max_pool3d((2, 3, 1), stride = (2, 1, 3), pad = (0, 1, 0)) }
    pool1d, (2, 2, 11); { input(2, 11) => pool1d(4, stride = 3, pad = 2, mode = average_inc_pad) }
    pool2d_modes, (2, 2, 11, 9); {
        input(2, 11, 9)
            => pool2d((3, 2), stride = 1, pad = (2, 1), mode = average_inc_pad)
            => pool2d(3, stride = 2, pad = 1, mode = average_exc_pad)
            => pool2d((2, 1), stride = 1)
    }
    pool2d_borders, (2, 2, 6, 7); {
        input(2, 6, 7) => pool2d((2, 3), stride = (2, 1), ignore_border = false, mode = average_inc_pad)
            => pool2d((2, 3), stride = (3, 4), ignore_border = false, mode = average_exc_pad)
    }
    pool3d, (2, 1, 4, 5, 3); { input(1, 4, 5, 3) => pool3d(2, stride = (1, 2, 1), mode = average_exc_pad) => pool3d((2, 1, 2)) }

    global_pool_mean, (2, 3, 7, 5); { input(3, 7, 5) => global_pool => dense(2, tanh) }
    global_pool_max, (2, 3, 41); { input(3, 41) => global_pool(max) }
    global_pool_min, (2, 3, 2, 3, 2); { input(3, 2, 3, 2) => global_pool(pool_function = min) }
    global_pool_sum, (2, 3, 67); { input(3, 67) => global_pool(pool_function = sum) }
    feature_pool, (3, 12, 5); { input(12, 5) => feature_pool(3) => feature_pool(5, axis = 2, pool_function = min) }
    feature_pool_sums, (3, 4, 6, 5); { input(4, 6, 5) => feature_pool(2, pool_function = mean) => feature_pool(3, axis = 2, pool_function = sum) }
    feature_wta, (3, 6, 5); { input(6, 5) => feature_wta(3) => feature_wta(5, axis = 2) }
    upscale1d, (2, 2, 7); { input(2, 7) => upscale1d(3) => upscale1d(2, mode = dilate) }
    upscale2d, (2, 2, 3, 4); { input(2, 3, 4) => upscale2d((2, 3)) => upscale2d((3, 2), mode = dilate) }
    upscale3d, (2, 1, 2, 3, 2); { input(1, 2, 3, 2) => upscale3d((2, 1, 3), mode = dilate) => upscale3d((1, 3, 2)) }
    spatial_pyramid_pooling, (2, 2, 8, 9); { input(2, 8, 9) => spatial_pyramid_pooling([3, 2, 1]) }
    spatial_pyramid_pooling_means, (2, 2, 5, 8); { input(2, 5, 8) => spatial_pyramid_pooling(mode = average_inc_pad) }
    spatial_pyramid_pooling_kaiming, (2, 2, 7, 5); { input(2, 7, 5) => spatial_pyramid_pooling([3, 2], implementation = kaiming) }
    spatial_pyramid_pooling_kaiming_means, (2, 2, 2, 7); { input(2, 2, 7) => spatial_pyramid_pooling([3, 1], mode = average_exc_pad, implementation = kaiming) }
    local_response_normalization2d, (2, 7, 3, 4); {
        input(7, 3, 4) => local_response_normalization2d => local_response_normalization2d(alpha = 0.3, k = 1.5, beta = 0.6, n = 3)
    }
    networks_of_pools, (3, 2, 14, 12); {
        input(2, 14, 12)
            => conv2d(8, 3, tanh)
            => feature_pool(2)
            => pool2d(3, stride = 2, pad = 1, mode = average_exc_pad)
            => upscale2d((2, 1))
            => feature_wta(2)
            => spatial_pyramid_pooling([2, 1], implementation = kaiming)
            => global_pool(pool_function = sum)
            => dense(5, tanh)
    }
}

/// Ties, and what is no number: the first of equal values gets the gradient, and a NaN is seen.
#[test]
fn winners_are_those_of_the_processor() {
    layercake::network! { struct Pools < input(2, 8, 9) => max_pool2d(2, stride = 1) => feature_pool(2) => global_pool(max) > }
    let mut x = Array4::<f64>::from_shape_fn((3, 2, 8, 9), |(n, c, y, x)| ((n + c + y * x) % 3) as f64);
    for nan in [false, true] {
        if nan {
            x[[1, 1, 2, 3]] = f64::NAN;
        }
        for device in devices::cuda() {
            let on_cpu = Pools::<f64>::new(1);
            let on_gpu = on_cpu.to(&device).unwrap();
            let (mut found, mut expected) = (on_gpu.training(1), on_cpu.training(1));
            on_gpu.clone().forward_training(&mut found, &x).unwrap();
            on_cpu.clone().forward_training(&mut expected, &x).unwrap();
            let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(found.outputs.get().elements()), bits(expected.outputs.get().elements()));
            let ones = Array2::from_elem((3, 1), 1.0);
            found.outputs.set_gradients(&ones).unwrap();
            expected.outputs.set_gradients(&ones).unwrap();
            let found = on_gpu.backward_to_inputs(&mut found).elements();
            assert_eq!(found, on_cpu.backward_to_inputs(&mut expected).elements());
        }
    }
}
