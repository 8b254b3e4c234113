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
