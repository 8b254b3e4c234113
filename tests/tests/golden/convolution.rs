//! Convolutions.

use super::*;

golden! {
    on every device;
    conv2d_valid, "conv2d_valid_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear) }
    conv2d_valid_unflipped, "conv2d_valid_s1_corr": { input(2, 7, 6) => conv2d(3, 3, linear, flip_filters = false) }
    conv2d_valid_stride, "conv2d_valid_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, stride = 2) }
    conv2d_full, "conv2d_full_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = full) }
    conv2d_full_unflipped, "conv2d_full_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = full, flip_filters = false)
    }
    conv2d_full_stride, "conv2d_full_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = full, stride = 2) }
    conv2d_same, "conv2d_same_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = same) }
    conv2d_same_unflipped, "conv2d_same_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = same, flip_filters = false)
    }
    conv2d_same_stride, "conv2d_same_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = same, stride = 2) }
    conv2d_pad, "conv2d_1_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = 1) }
    conv2d_pad_unflipped, "conv2d_1_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = 1, flip_filters = false)
    }
    conv2d_pad_stride, "conv2d_1_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = 1, stride = 2) }
    conv2d_pads, "conv2d_(2,1)_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = (2, 1)) }
    conv2d_pads_unflipped, "conv2d_(2,1)_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = (2, 1), flip_filters = false)
    }
    conv2d_pads_stride, "conv2d_(2,1)_s2_conv": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = (2, 1), stride = 2)
    }
    conv2d_untied, "conv2d_untied": { input(2, 6, 5) => conv2d(3, 3, untie_biases = true) }
    conv2d_groups, "conv2d_groups": { input(6, 6, 5) => conv2d(4, 3, num_groups = 2) }
    conv1d_valid, "conv1d_valid": { input(2, 8) => conv1d(3, 3, linear) }
    conv1d_same, "conv1d_same": { input(2, 8) => conv1d(3, 3, linear, pad = same) }
    conv1d_full, "conv1d_full": { input(2, 8) => conv1d(3, 3, linear, pad = full) }
    conv3d, "conv3d": { input(2, 4, 5, 4) => conv3d(2, (3, 2, 2), linear) }
    transposed_conv2d, "transposed_conv2d": { input(2, 4, 5) => transposed_conv2d(3, 3, linear, stride = 2) }
    transposed_conv2d_crop, "transposed_conv2d_crop": {
        input(2, 4, 5) => transposed_conv2d(3, 3, linear, stride = 2, crop = 1)
    }
    dilated_conv2d, "dilated_conv2d": { input(2, 8, 9) => dilated_conv2d(3, 3, linear, dilation = 2) }
    locally_connected2d, "locally_connected2d": { input(2, 4, 5) => locally_connected2d(3, 3, linear) }
    nin, "nin": { input(3, 4, 5) => nin(4) }
    nin_untied, "nin_untied": { input(3, 4, 5) => nin(4, untie_biases = true) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        nin_of_sequences, "nin_of_sequences": { input(3, 5) => nin(2, selu, untie_biases = true) }
        nin_nobias, "nin_nobias": { input(2, 2, 3, 2) => nin(3, leaky_relu(0.2), b = none) }
        conv1d_stride_pad, "conv1d_stride_pad": { input(3, 10) => conv1d(2, 4, tanh, stride = 3, pad = 2) }
        conv1d_groups_unflipped, "conv1d_groups_unflipped": { input(4, 7) => conv1d(6, 2, elu, pad = full, stride = 2, num_groups = 2, flip_filters = false) }
        conv1d_untied, "conv1d_untied": { input(2, 7) => conv1d(3, 3, relu, stride = 2, pad = same, untie_biases = true) }
        conv2d_strides_pads, "conv2d_strides_pads": { input(2, 9, 7) => conv2d(3, (4, 2), tanh, stride = (3, 2), pad = (2, 1)) }
        conv2d_full_even, "conv2d_full_even": { input(2, 4, 5) => conv2d(3, (2, 4), elu, pad = full, stride = (1, 3)) }
        conv2d_same_strides, "conv2d_same_strides": { input(2, 7, 8) => conv2d(3, (3, 5), linear, pad = same, stride = (2, 3), flip_filters = false) }
        conv2d_rows_left_over, "conv2d_rows_left_over": { input(2, 8, 9) => conv2d(3, 3, tanh, stride = 3) }
        conv2d_groups_strides, "conv2d_groups_strides": { input(6, 7, 6) => conv2d(6, (3, 2), softplus, num_groups = 3, stride = 2, pad = 1, untie_biases = true) }
        conv2d_depthwise, "conv2d_depthwise": { input(4, 6, 5) => conv2d(8, 3, tanh, num_groups = 4, pad = same, b = none) }
        conv2d_single_pixel, "conv2d_single_pixel": { input(5, 4, 3) => conv2d(4, 1, sigmoid, stride = 2) }
        conv2d_wide_pad, "conv2d_wide_pad": { input(2, 3, 4) => conv2d(2, 2, tanh, pad = 3) }
        conv2d_direct, "conv2d_direct": { input(3, 7, 10) => conv2d(5, 3, tanh, pad = (2, 0), algorithm = direct) }
        conv2d_gemm, "conv2d_gemm": { input(3, 7, 10) => conv2d(5, 3, tanh, pad = (2, 0), algorithm = gemm) }
        conv3d_strides_pads, "conv3d_strides_pads": { input(2, 5, 4, 6) => conv3d(3, (2, 3, 2), tanh, stride = (2, 1, 3), pad = (1, 0, 2)) }
        conv3d_groups_same, "conv3d_groups_same": { input(4, 3, 4, 3) => conv3d(2, (3, 1, 3), elu, pad = same, num_groups = 2, flip_filters = false, untie_biases = true) }
        conv3d_full, "conv3d_full": { input(1, 2, 3, 2) => conv3d(2, 2, linear, pad = full, stride = 2, b = none) }
        transposed_conv2d_strides_crops, "transposed_conv2d_strides_crops": { input(3, 3, 4) => transposed_conv2d(2, (4, 3), tanh, stride = (3, 2), crop = (1, 2)) }
        transposed_conv2d_same, "transposed_conv2d_same": { input(2, 3, 4) => transposed_conv2d(2, 3, elu, stride = 2, crop = same, flip_filters = true, untie_biases = true) }
        transposed_conv2d_full, "transposed_conv2d_full": { input(2, 5, 4) => transposed_conv2d(3, (2, 3), linear, crop = full, b = none) }
        transposed_conv2d_output_size, "transposed_conv2d_output_size": { input(2, 3, 2) => transposed_conv2d(2, 2, tanh, stride = 3, output_size = (10, 6)) }
        transposed_conv3d, "transposed_conv3d": { input(2, 2, 3, 2) => transposed_conv3d(2, (2, 3, 2), tanh, stride = (2, 1, 3), crop = (1, 0, 1)) }
        dilated_conv2d_dilations, "dilated_conv2d_dilations": { input(2, 7, 8) => dilated_conv2d(3, (3, 2), elu, dilation = (2, 3), untie_biases = true) }
        locally_connected2d_channelwise, "locally_connected2d_channelwise": { input(3, 4, 5) => locally_connected2d(3, (3, 1), tanh, channelwise = true, flip_filters = false) }
        locally_connected2d_untied, "locally_connected2d_untied": { input(2, 3, 4) => locally_connected2d(2, (1, 5), elu, untie_biases = true) }
        conv2d_pooled, "conv2d_pooled": { input(2, 9, 8) => conv2d(5, 3, relu, pad = same) => max_pool2d(2) }
        conv2d_pooled_overlapping, "conv2d_pooled_overlapping": { input(3, 8, 9) => conv2d(4, (2, 3), leaky_relu(0.2), pad = 1) => max_pool2d(3, stride = 2, pad = 1) }
        conv2d_pooled_keep_border, "conv2d_pooled_keep_border": { input(2, 10, 11) => conv2d(3, 3, tanh, stride = 2) => max_pool2d((2, 3), ignore_border = false) }
    }
}

/// By ways that processors alone have.
pub mod of_processors {
    use super::*;

    golden! {
        conv2d_winograd, "conv2d_winograd": { input(3, 7, 10) => conv2d(5, 3, tanh, pad = (2, 0), algorithm = winograd) }
    }
}
