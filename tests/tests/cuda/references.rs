//! Inverses of layers, and layers that share parameters.

use crate::{by_differences, same};

same! {
    inverse_of_dense, (4, 6); { input(6) => h: dense(5, relu) => dense(5, tanh) => inverse(h) => dense(2) }
    inverse_of_dense_with_softmax, (4, 6); { input(6) => h: dense(35, softmax) => dense(35, linear) => inverse(h) }
    inverse_of_dense_with_leading_axes, (3, 2, 5); { input(2, 5) => h: dense(4, softplus, num_leading_axes = 2) => inverse(h) => dense(2) }
    inverse_of_functions, (3, 5); {
        input(5)
            => dense(5, selu)
            => inverse(dense1)
            => a: nonlinearity(sigmoid)
            => b: nonlinearity(scaled_tanh(0.5, 2.27))
            => inverse(b)
            => inverse(a)
    }
    autoencoder, (3, 1, 8, 8); {
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
    inverse_of_filters, (2, 4, 7, 6); {
        input(4, 7, 6)
            => a: conv2d(6, (3, 2), elu, stride = (2, 1), pad = (2, 1), num_groups = 2, flip_filters = false)
            => b: dilated_conv2d(3, 2, tanh, dilation = 2)
            => c: nin(4, softplus, untie_biases = true)
            => d: locally_connected2d(2, 3, tanh)
            => e: transposed_conv2d(3, 3, tanh, stride = 2, crop = 1)
            => inverse(e)
            => inverse(d)
            => inverse(c)
            => inverse(b)
            => inverse(a)
    }
    inverse_of_pools, (2, 2, 6, 5); {
        input(2, 6, 5)
            => a: pool2d(2, stride = 1, pad = 1, mode = average_exc_pad)
            => b: max_pool2d(2, stride = (2, 3))
            => nonlinearity(tanh)
            => inverse(b)
            => inverse(a)
            => c: pool2d((3, 2), ignore_border = false)
            => d: spatial_pyramid_pooling([2, 1])
            => inverse(d)
            => inverse(c)
            => e: global_pool(pool_function = max)
            => f: reshape([1], 1)
            => inverse(f)
            => inverse(e)
            => g: feature_pool(2)
            => h: feature_wta(2, axis = 2)
            => inverse(h)
            => inverse(g)
            => i: feature_pool(3, axis = 2, pool_function = mean)
            => nonlinearity(tanh)
            => inverse(i)
            => j: spatial_pyramid_pooling([2], mode = average_inc_pad)
            => inverse(j)
    }
    inverse_of_lines_and_volumes, (2, 2, 4, 5, 3); {
        input(2, 4, 5, 3)
            => a: conv3d(3, 2, tanh, pad = 1)
            => b: max_pool3d((2, 1, 2))
            => inverse(b)
            => inverse(a)
            => c: transposed_conv3d(2, 2, tanh)
            => d: upscale3d((1, 2, 1))
            => inverse(d)
            => inverse(c)
            => reshape([1], -1)
            => e: conv1d(3, 4, tanh, stride = 2)
            => f: pool1d(3, mode = average_inc_pad)
            => inverse(f)
            => inverse(e)
    }
    inverse_of_axes, (3, 2, 4, 3); {
        input(2, 4, 3)
            => a: dimshuffle(3, x, 1, 2)
            => b: pad(1, val = 0.7, batch_ndim = 3)
            => c: slice(1..3, axis = 3)
            => d: slice(0, axis = 2)
            => nonlinearity(tanh)
            => inverse(d)
            => inverse(c)
            => inverse(b)
            => inverse(a)
            => e: upscale2d((2, 1), mode = dilate)
            => nonlinearity(sigmoid)
            => inverse(e)
    }
    inverse_of_noise, (3, 5, 4); {
        input(5, 4)
            => a: dropout(0.3)
            => b: gaussian_noise(0.1)
            => c: rrelu
            => d: dropout_channels(0.4, rescale = false)
            => nonlinearity(tanh)
            => inverse(d)
            => inverse(c)
            => inverse(b)
            => inverse(a)
    }
    inverse_of_parameters, (3, 2, 4); {
        input(2, 4)
            => a: scale
            => b: bias
            => c: prelu
            => nonlinearity(tanh)
            => inverse(c)
            => inverse(b)
            => inverse(a)
    }

    shared_dense, (4, 5); { input(5) => hidden: dense(5, tanh) => dense(5, elu, share = hidden) => dense(5, share = dense1) => dense(2) }
    shared_by_two_branches, (4, 3, 6); {
        let x = input(3, 6);
        let a = x => both: dense(4, tanh, num_leading_axes = 2) => flatten;
        let b = x => nonlinearity(tanh) => dense(4, sigmoid, num_leading_axes = 2, share = both) => flatten;
        concat(a, b) => dense(2, softmax)
    }
    shared_filters, (3, 2, 7, 6); {
        input(2, 7, 6)
            => conv2d(2, 3, tanh)
            => max_pool2d((2, 1))
            => conv2d(2, 3, linear, pad = same, share = conv2d1)
            => transposed_conv2d(2, 3, tanh)
            => transposed_conv2d(2, 3, tanh, crop = same, share = transposed_conv2d1)
            => dilated_conv2d(2, 2, tanh)
            => dilated_conv2d(2, 2, linear, dilation = 2, share = dilated_conv2d1)
            => nin(2, tanh)
            => nin(2, linear, share = nin1)
            => locally_connected2d(2, 3, tanh)
            => locally_connected2d(2, 3, elu, share = locally_connected2d1)
    }
    shared_elementwise, (5, 3, 4); {
        input(3, 4)
            => bias(shared_axes = (0, 1))
            => scale
            => prelu
            => bias(shared_axes = (0, 1), share = bias1)
            => scale(share = scale1)
            => prelu(share = prelu1)
            => batch_norm
            => nonlinearity(tanh)
            => batch_norm(share = batch_norm1)
            => nonlinearity(tanh)
            => instance_norm
            => nonlinearity(tanh)
            => instance_norm(share = instance_norm1)
            => nonlinearity(tanh)
            => layer_norm
            => nonlinearity(tanh)
            => layer_norm(share = layer_norm1)
            => nonlinearity(tanh)
    }
}

by_differences! {
    inverse_of_batch_norm, (5, 3, 4); { input(3, 4) => a: batch_norm => nonlinearity(tanh) => inverse(a) => dense(2, tanh) }
    inverse_of_averages, (5, 7); { input(7) => a: batch_norm(use_averages = true, update_averages = false, beta = none) => nonlinearity(tanh) => inverse(a) => dense(2, tanh) }
    inverse_of_standardization, (3, 2, 5); { input(2, 5) => a: standardization(axes = 2) => nonlinearity(tanh) => inverse(a) => dense(2, tanh) }
    inverse_of_layer_norm, (3, 2, 5); { input(2, 5) => a: layer_norm => nonlinearity(tanh) => inverse(a) => dense(2, tanh) }
    inverse_of_instance_norm, (3, 2, 3, 4); { input(2, 3, 4) => a: instance_norm => nonlinearity(tanh) => inverse(a) => dense(2, tanh) }
    inverse_of_instance_norm_without_bias, (2, 3, 5); { input(3, 5) => a: instance_norm(learn_bias = false, epsilon = 0.1) => nonlinearity(tanh) => inverse(a) => dense(2, tanh) }
    inverse_of_response_normalization, (2, 5, 3, 2); {
        input(5, 3, 2) => a: local_response_normalization2d(alpha = 0.3, k = 1.5) => nonlinearity(tanh) => inverse(a) => dense(2, tanh)
    }
}
