//! Convolutions.

use super::*;

golden! {
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
}
