//! Convolutions, and what resembles them.

use super::*;

/// A convolution along so many axes.
const fn conv(
    name: &'static str,
    layer: &'static str,
    arguments: &'static [Argument],
    example: &'static str,
) -> Kind {
    Kind {
        name,
        layer,
        parameters: Some("ConvParameters"),
        arguments,
        positional: 3,
        ways: &[("algorithm", "cudnn", "Cudnn")],
        is_checked: true,
        reads: Reads { inputs: true, output: true },
        example,
        ..BASE
    }
}

const ALGORITHM: Words = Words {
    of: "Algorithm",
    words: &[
        ("auto", "Auto"),
        ("direct", "Direct"),
        ("gemm", "Gemm"),
        ("winograd", "Winograd"),
        ("fft", "Fft"),
        // The type around the layer says it.
        ("cudnn", "Auto"),
    ],
};

/// The arguments of a convolution along N axes.
const fn conv_arguments(axes: usize) -> [Argument; 12] {
    [
        required("num_filters", Value::Size),
        required("filter_size", Value::Sizes(axes)),
        optional("nonlinearity", Value::Nonlinearity),
        optional("stride", Value::Sizes(axes)),
        optional("pad", Value::Pad(axes)),
        optional("untie_biases", Value::Flag),
        optional("w", Value::Init),
        optional("b", Value::OptionalInit),
        optional("flip_filters", Value::Flag),
        optional("num_groups", Value::Size),
        optional("algorithm", Value::Word(&ALGORITHM)),
        NORM,
    ]
}

/// The arguments of a transposed convolution along N axes.
const fn transposed_arguments(axes: usize) -> [Argument; 11] {
    [
        required("num_filters", Value::Size),
        required("filter_size", Value::Sizes(axes)),
        optional("nonlinearity", Value::Nonlinearity),
        optional("stride", Value::Sizes(axes)),
        optional("crop", Value::Pad(axes)),
        optional("untie_biases", Value::Flag),
        optional("w", Value::Init),
        optional("b", Value::OptionalInit),
        optional("flip_filters", Value::Flag),
        optional("output_size", Value::OptionalSizes(axes)),
        NORM,
    ]
}

/// The rows.
pub const KINDS: &[Kind] = &[
    conv("conv1d", "Conv1d", &const { conv_arguments(1) }, "conv1d(32, 5, relu)"),
    conv("conv2d", "Conv2d", &const { conv_arguments(2) }, "conv2d(32, 5, relu)"),
    conv("conv3d", "Conv3d", &const { conv_arguments(3) }, "conv3d(32, 5, relu)"),
    conv(
        "transposed_conv2d",
        "TransposedConv2d",
        &const { transposed_arguments(2) },
        "transposed_conv2d(32, 5, relu, stride = 2)",
    ),
    conv(
        "transposed_conv3d",
        "TransposedConv3d",
        &const { transposed_arguments(3) },
        "transposed_conv3d(32, 5, relu, stride = 2)",
    ),
    conv(
        "dilated_conv2d",
        "DilatedConv2d",
        &[
            required("num_filters", Value::Size),
            required("filter_size", Value::Sizes(2)),
            optional("nonlinearity", Value::Nonlinearity),
            optional("dilation", Value::Sizes(2)),
            optional("pad", Value::Pad(2)),
            optional("untie_biases", Value::Flag),
            optional("w", Value::Init),
            optional("b", Value::OptionalInit),
            optional("flip_filters", Value::Flag),
            NORM,
        ],
        "dilated_conv2d(32, 3, relu, dilation = 2)",
    ),
    conv(
        "locally_connected2d",
        "LocallyConnected2d",
        &[
            required("num_filters", Value::Size),
            required("filter_size", Value::Sizes(2)),
            optional("nonlinearity", Value::Nonlinearity),
            optional("pad", Value::Pad(2)),
            optional("untie_biases", Value::Flag),
            optional("w", Value::Init),
            optional("b", Value::OptionalInit),
            optional("flip_filters", Value::Flag),
            optional("channelwise", Value::Flag),
            NORM,
        ],
        "locally_connected2d(32, 3, relu)",
    ),
    Kind {
        name: "nin",
        layer: "Nin",
        parameters: Some("ConvParameters"),
        arguments: &[
            required("num_units", Value::Size),
            optional("nonlinearity", Value::Nonlinearity),
            optional("untie_biases", Value::Flag),
            optional("w", Value::Init),
            optional("b", Value::OptionalInit),
            NORM,
        ],
        positional: 2,
        reads: Reads { inputs: true, output: true },
        example: "nin(32, relu)",
        ..BASE
    },
];
