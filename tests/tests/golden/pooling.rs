//! Pooling.

use super::*;

golden! {
    max_pool2d, "pool2d_max": { input(3, 6, 7) => max_pool2d(2) }
    max_pool2d_stride_pad, "pool2d_max_stride_pad": { input(3, 8, 7) => max_pool2d(3, stride = 2, pad = 1) }
    max_pool2d_keep_border, "pool2d_max_keep_border": { input(3, 5, 7) => max_pool2d(2, ignore_border = false) }
}
