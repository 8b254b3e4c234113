//! Finite differences in f64: pooling and upscaling.

use layercake_tests::check;

check! { max_pool1d, (2, 2, 9); input(2, 9) => max_pool1d(3, stride = 2, pad = 1) }
check! { max_pool2d_plain, (2, 2, 6, 7); input(2, 6, 7) => max_pool2d(2) }
check! { max_pool2d_overlapping, (2, 2, 6, 7); input(2, 6, 7) => max_pool2d(3, stride = 2, pad = 1) => dense(3, tanh) }
check! { max_pool2d_keeps_border, (2, 2, 5, 7); input(2, 5, 7) => max_pool2d(2, ignore_border = false) => dense(3, tanh) }
check! { max_pool3d, (2, 2, 4, 5, 4); input(2, 4, 5, 4) => max_pool3d((2, 3, 2), stride = (1, 2, 2), pad = (0, 1, 1)) }
check! { max_pool3d_keeps_border, (2, 1, 3, 5, 4); input(1, 3, 5, 4) => max_pool3d(2, stride = (2, 3, 1), ignore_border = false) }

check! { pool1d_max, (2, 2, 9); input(2, 9) => pool1d(2) => dense(3, tanh) }
check! { pool1d_average_inc_pad, (2, 2, 9); input(2, 9) => pool1d(4, stride = 3, pad = 2, mode = average_inc_pad) => dense(3, tanh) }
check! { pool1d_average_exc_pad, (2, 2, 9); input(2, 9) => pool1d(4, stride = 3, pad = 2, mode = average_exc_pad) => dense(3, tanh) }
check! { pool2d_max, (2, 2, 6, 7); input(2, 6, 7) => pool2d((3, 2), stride = 2, pad = (1, 0)) => dense(3, tanh) }
check! { pool2d_average_inc_pad, (2, 2, 6, 7); input(2, 6, 7) => pool2d((3, 2), stride = 2, pad = (2, 1), mode = average_inc_pad) => dense(3, tanh) }
check! { pool2d_average_exc_pad, (2, 2, 6, 7); input(2, 6, 7) => pool2d((3, 2), stride = 2, pad = (2, 1), mode = average_exc_pad) => dense(3, tanh) }
check! { pool2d_average_inc_pad_keeps_border, (2, 2, 5, 7); input(2, 5, 7) => pool2d((2, 3), stride = (2, 1), ignore_border = false, mode = average_inc_pad) => dense(3, tanh) }
check! { pool2d_average_exc_pad_keeps_border, (2, 2, 5, 7); input(2, 5, 7) => pool2d((2, 3), stride = (3, 4), ignore_border = false, mode = average_exc_pad) => dense(3, tanh) }
check! { pool3d_max, (2, 2, 4, 3, 5); input(2, 4, 3, 5) => pool3d(2) }
check! { pool3d_average_inc_pad, (2, 2, 4, 3, 5); input(2, 4, 3, 5) => pool3d(3, stride = 2, pad = (1, 2, 1), mode = average_inc_pad) => dense(3, tanh) }
check! { pool3d_average_exc_pad, (2, 2, 4, 3, 5); input(2, 4, 3, 5) => pool3d(3, stride = 2, pad = (1, 2, 1), mode = average_exc_pad) => dense(3, tanh) }

check! { global_pool_mean, (2, 3, 4, 5); input(3, 4, 5) => global_pool => dense(3, tanh) }
check! { global_pool_max, (2, 3, 7); input(3, 7) => global_pool(max) => dense(3, tanh) }
check! { global_pool_min, (2, 3, 2, 3, 2); input(3, 2, 3, 2) => global_pool(pool_function = min) => dense(3, tanh) }
check! { global_pool_sum, (2, 3, 4, 5); input(3, 4, 5) => global_pool(pool_function = sum) => dense(3, tanh) }

check! { feature_pool_max, (3, 6); input(6) => dense(12, linear) => feature_pool(3) => dense(3, tanh) }
check! { feature_pool_mean, (2, 3, 4, 6); input(3, 4, 6) => feature_pool(2, axis = 2, pool_function = mean) => dense(3, tanh) }
check! { feature_pool_min, (2, 4, 3, 5); input(4, 3, 5) => feature_pool(2, pool_function = min) => dense(3, tanh) }
check! { feature_pool_sum, (2, 3, 6); input(3, 6) => feature_pool(3, axis = 2, pool_function = sum) => dense(3, tanh) }
check! { feature_wta, (3, 6); input(6) => dense(12, linear) => feature_wta(4) => dense(3, tanh) }
check! { feature_wta_of_rows, (2, 3, 4, 5); input(3, 4, 5) => feature_wta(2, axis = 2) => dense(3, tanh) }

check! { spatial_pyramid_pooling_max, (2, 2, 8, 9); input(2, 8, 9) => spatial_pyramid_pooling([3, 2, 1]) => dense(3, tanh) }
check! { spatial_pyramid_pooling_average, (2, 2, 5, 8); input(2, 5, 8) => spatial_pyramid_pooling(mode = average_inc_pad) => dense(3, tanh) }
check! { spatial_pyramid_pooling_kaiming, (2, 2, 7, 5); input(2, 7, 5) => spatial_pyramid_pooling([3, 2], implementation = kaiming) => dense(3, tanh) }
check! { spatial_pyramid_pooling_kaiming_average, (2, 2, 2, 7); input(2, 2, 7) => spatial_pyramid_pooling([3, 1], mode = average_exc_pad, implementation = kaiming) => dense(3, tanh) }

check! { upscale1d_repeat, (2, 2, 4); input(2, 4) => upscale1d(3) => dense(3, tanh) }
check! { upscale1d_dilate, (2, 2, 4); input(2, 4) => upscale1d(3, mode = dilate) => dense(3, tanh) }
check! { upscale2d_repeat, (2, 2, 3, 4); input(2, 3, 4) => upscale2d((2, 3)) => dense(3, tanh) }
check! { upscale2d_dilate, (2, 2, 3, 4); input(2, 3, 4) => upscale2d((3, 2), mode = dilate) => dense(3, tanh) }
check! { upscale3d_repeat, (2, 1, 2, 3, 2); input(1, 2, 3, 2) => upscale3d((2, 1, 3)) => dense(3, tanh) }
check! { upscale3d_dilate, (2, 1, 2, 3, 2); input(1, 2, 3, 2) => upscale3d(2, mode = dilate) => dense(3, tanh) }
