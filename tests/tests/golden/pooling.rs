//! Pooling and upscaling.

use super::*;

golden! {
    on every device;
    max_pool1d, "maxpool1d": { input(3, 9) => max_pool1d(3, stride = 2) }
    max_pool2d, "pool2d_max": { input(3, 6, 7) => max_pool2d(2) }
    max_pool2d_stride_pad, "pool2d_max_stride_pad": { input(3, 8, 7) => max_pool2d(3, stride = 2, pad = 1) }
    max_pool2d_keep_border, "pool2d_max_keep_border": { input(3, 5, 7) => max_pool2d(2, ignore_border = false) }
    max_pool3d, "maxpool3d": { input(2, 4, 5, 4) => max_pool3d((2, 2, 2)) }
    pool2d_average_inc_pad, "pool2d_average_inc_pad": {
        input(3, 6, 7) => pool2d((2, 2), mode = average_inc_pad)
    }
    pool2d_average_inc_pad_stride_pad, "pool2d_average_inc_pad_stride_pad": {
        input(3, 8, 7) => pool2d((3, 3), stride = 2, pad = 1, mode = average_inc_pad, ignore_border = true)
    }
    pool2d_average_exc_pad, "pool2d_average_exc_pad": {
        input(3, 6, 7) => pool2d((2, 2), mode = average_exc_pad)
    }
    global_pool, "global_pool": { input(3, 4, 5) => global_pool }
    global_pool_max, "global_pool_max": { input(3, 4, 5) => global_pool(pool_function = max) }
    feature_pool, "feature_pool": { input(6, 3) => feature_pool(2) }
    feature_wta, "feature_wta": { input(6) => feature_wta(3) }
    spatial_pyramid_pooling, "spp_max": { input(3, 8, 8) => spatial_pyramid_pooling([4, 2, 1], mode = max) }
    upscale1d, "upscale1d": { input(2, 4) => upscale1d(2) }
    upscale2d_repeat, "upscale2d_repeat": { input(2, 3, 3) => upscale2d((2, 3), mode = repeat) }
    upscale2d_dilate, "upscale2d_dilate": { input(2, 3, 3) => upscale2d((2, 3), mode = dilate) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        pool1d_keep_border, "pool1d_keep_border": { input(2, 10) => pool1d(4, stride = 3, ignore_border = false, mode = average_inc_pad) }
        max_pool2d_sizes, "max_pool2d_sizes": { input(2, 8, 9) => max_pool2d((3, 2), stride = (2, 3), pad = (1, 0)) }
        max_pool2d_gaps, "max_pool2d_gaps": { input(2, 9, 8) => max_pool2d(2, stride = (3, 4), ignore_border = false) }
        max_pool2d_overlap_keep_border, "max_pool2d_overlap_keep_border": { input(2, 6, 7) => max_pool2d((3, 4), stride = (2, 3), ignore_border = false) }
        pool2d_average_exc_pad_padded, "pool2d_average_exc_pad_padded": { input(2, 7, 6) => pool2d(3, stride = 2, pad = (1, 2), mode = average_exc_pad) }
        pool2d_average_inc_pad_keep_border, "pool2d_average_inc_pad_keep_border": { input(2, 5, 7) => pool2d((2, 3), ignore_border = false, mode = average_inc_pad) }
        pool2d_average_exc_pad_keep_border, "pool2d_average_exc_pad_keep_border": { input(2, 5, 7) => pool2d((2, 3), stride = (1, 2), ignore_border = false, mode = average_exc_pad) }
        max_pool3d_strides_pads, "max_pool3d_strides_pads": { input(2, 5, 4, 6) => max_pool3d((3, 2, 2), stride = (2, 1, 3), pad = (2, 0, 1)) }
        pool3d_average_inc_pad, "pool3d_average_inc_pad": { input(2, 4, 5, 4) => pool3d(2, stride = (1, 2, 1), pad = 1, mode = average_inc_pad) }
        global_pool_min, "global_pool_min": { input(2, 3, 4) => global_pool(pool_function = min) }
        global_pool_sum, "global_pool_sum": { input(2, 3, 4) => global_pool(pool_function = sum) }
        global_pool_of_sequences, "global_pool_of_sequences": { input(3, 5) => global_pool }
        feature_pool_last_axis, "feature_pool_last_axis": { input(2, 6) => feature_pool(3, axis = 2, pool_function = mean) }
        feature_pool_min, "feature_pool_min": { input(4, 3, 2) => feature_pool(2, axis = 1, pool_function = min) }
        feature_wta_last_axis, "feature_wta_last_axis": { input(2, 3, 4) => feature_wta(2, axis = 3) }
        spatial_pyramid_pooling_kaiming, "spatial_pyramid_pooling_kaiming": { input(2, 7, 5) => spatial_pyramid_pooling([3, 2], mode = average_inc_pad, implementation = kaiming) }
        spatial_pyramid_pooling_fast, "spatial_pyramid_pooling_fast": { input(2, 5, 7) => spatial_pyramid_pooling([2, 1], mode = average_exc_pad) }
        upscale3d_dilate, "upscale3d_dilate": { input(2, 2, 3, 2) => upscale3d((2, 1, 3), mode = dilate) }
        upscale3d_repeat, "upscale3d_repeat": { input(2, 2, 2, 3) => upscale3d((1, 3, 2)) }
    }
}

/// The same values by other words: each case is checked once more.
mod by_other_words {
    use super::*;

    golden! {
        pool1d, "maxpool1d": { input(3, 9) => pool1d((3,), stride = 2) }
        pool2d, "pool2d_max_stride_pad": { input(3, 8, 7) => pool2d(3, stride = (2, 2), pad = (1, 1), mode = max) }
        pool3d, "maxpool3d": { input(2, 4, 5, 4) => pool3d(2) }
        kaiming, "spp_max": { input(3, 8, 8) => spatial_pyramid_pooling(implementation = kaiming) }
    }

    #[test]
    fn are_cases_of_the_table() {
        assert!(TESTED.iter().all(|case| super::TESTED.contains(case)));
    }
}
