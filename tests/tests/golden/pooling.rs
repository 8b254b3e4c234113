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
