//! Pooling and its reverse, upscaling.

use super::*;

const MODE: Words = Words {
    of: "PoolMode",
    words: &[("max", "Max"), ("average_inc_pad", "AverageIncPad"), ("average_exc_pad", "AverageExcPad")],
};

const FUNCTION: Words =
    Words { of: "PoolFunction", words: &[("max", "Max"), ("mean", "Mean"), ("min", "Min"), ("sum", "Sum")] };

const IMPLEMENTATION: Words =
    Words { of: "PyramidImplementation", words: &[("fast", "Fast"), ("kaiming", "Kaiming")] };

const UPSCALE: Words = Words { of: "UpscaleMode", words: &[("repeat", "Repeat"), ("dilate", "Dilate")] };

const fn pool(
    name: &'static str,
    layer: &'static str,
    arguments: &'static [Argument],
    example: &'static str,
) -> Kind {
    Kind { name, layer, arguments, positional: 1, example, ..BASE }
}

/// What max-pooling along `$axes` axes takes, and what follows.
macro_rules! windows {
    ($axes:literal $(, $more:expr)*) => {
        &[
            required("pool_size", Value::Sizes($axes)),
            optional("stride", Value::OptionalSizes($axes)),
            optional("pad", Value::Sizes($axes)),
            optional("ignore_border", Value::Flag),
            $($more,)*
        ]
    };
}

/// What upscaling along `$axes` axes takes.
macro_rules! factors {
    ($axes:literal) => {
        &[required("scale_factor", Value::Sizes($axes)), optional("mode", Value::Word(&UPSCALE))]
    };
}

/// The rows.
pub const KINDS: &[Kind] = &[
    pool("max_pool1d", "MaxPool1d", windows!(1), "max_pool1d(2)"),
    pool("max_pool2d", "MaxPool2d", windows!(2), "max_pool2d(2)"),
    pool("max_pool3d", "MaxPool3d", windows!(3), "max_pool3d(2)"),
    pool("pool1d", "Pool1d", windows!(1, optional("mode", Value::Word(&MODE))), "pool1d(2, mode = max)"),
    pool("pool2d", "Pool2d", windows!(2, optional("mode", Value::Word(&MODE))), "pool2d(2, mode = max)"),
    pool("pool3d", "Pool3d", windows!(3, optional("mode", Value::Word(&MODE))), "pool3d(2, mode = max)"),
    pool(
        "global_pool",
        "GlobalPool",
        &[optional("pool_function", Value::Word(&FUNCTION))],
        "global_pool(pool_function = mean)",
    ),
    pool(
        "feature_pool",
        "FeaturePool",
        &[
            required("pool_size", Value::Size),
            optional("axis", Value::Size),
            optional("pool_function", Value::Word(&FUNCTION)),
        ],
        "feature_pool(2)",
    ),
    pool(
        "feature_wta",
        "FeatureWta",
        &[required("pool_size", Value::Size), optional("axis", Value::Size)],
        "feature_wta(2)",
    ),
    pool(
        "spatial_pyramid_pooling",
        "SpatialPyramidPooling",
        &[
            optional("pool_dims", Value::SizeList),
            optional("mode", Value::Word(&MODE)),
            optional("implementation", Value::Word(&IMPLEMENTATION)),
        ],
        "spatial_pyramid_pooling([4, 2, 1])",
    ),
    pool("upscale1d", "Upscale1d", factors!(1), "upscale1d(2)"),
    pool("upscale2d", "Upscale2d", factors!(2), "upscale2d(2)"),
    pool("upscale3d", "Upscale3d", factors!(3), "upscale3d(2)"),
];
