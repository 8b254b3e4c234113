//! The vocabulary beside the layers: nonlinearities, inits, and names that users of other libraries may write.

/// The elementwise nonlinearities by name, and the number of their arguments.
pub const NONLINEARITIES: &[(&str, usize)] = &[
    ("linear", 0),
    ("identity", 0),
    ("relu", 0),
    ("rectify", 0),
    ("sigmoid", 0),
    ("tanh", 0),
    ("softmax", 0),
    ("leaky_relu", 1),
    ("leaky_rectify", 0),
    ("very_leaky_rectify", 0),
    ("elu", 0),
    ("selu", 0),
    ("scaled_elu", 2),
    ("softplus", 0),
    ("scaled_tanh", 2),
];

/// One init of `layercake::init::Init`.
#[derive(Debug)]
pub struct InitRow {
    /// Its name in the text.
    pub name: &'static str,
    /// Its variant.
    pub variant: &'static str,
    /// The variant's fields with their defaults.
    pub fields: &'static [(&'static str, f64)],
}

const fn init(name: &'static str, variant: &'static str, fields: &'static [(&'static str, f64)]) -> InitRow {
    InitRow { name, variant, fields }
}

/// The inits.
pub const INITS: &[InitRow] = &[
    init("constant", "Constant", &[("value", 0.0)]),
    init("normal", "Normal", &[("std", 0.01), ("mean", 0.0)]),
    init("uniform", "Uniform", &[("range", 0.01), ("std", 0.0), ("mean", 0.0)]),
    init("glorot_uniform", "GlorotUniform", &[("gain", 1.0)]),
    init("glorot_normal", "GlorotNormal", &[("gain", 1.0)]),
    init("he_uniform", "HeUniform", &[("gain", 1.0)]),
    init("he_normal", "HeNormal", &[("gain", 1.0)]),
    init("orthogonal", "Orthogonal", &[("gain", 1.0)]),
    init("sparse", "Sparse", &[("sparsity", 0.1), ("std", 0.01)]),
];

/// What users of other libraries may write, and the kind that they mean.
pub const OTHER_NAMES: &[(&str, &str)] = &[
    ("linear", "dense"),
    ("fully_connected", "dense"),
    ("conv", "conv2d"),
    ("convolution", "conv2d"),
    ("deconv2d", "transposed_conv2d"),
    ("deconvolution", "transposed_conv2d"),
    ("conv_transpose2d", "transposed_conv2d"),
    ("conv2d_transpose", "transposed_conv2d"),
    ("deconv3d", "transposed_conv3d"),
    ("network_in_network", "nin"),
    ("local2d", "locally_connected2d"),
    ("max_pool", "max_pool2d"),
    ("maxpool", "max_pool2d"),
    ("maxpool2d", "max_pool2d"),
    ("pool", "max_pool2d"),
    ("maxpool1d", "max_pool1d"),
    ("maxpool3d", "max_pool3d"),
    ("avg_pool2d", "pool2d"),
    ("average_pool2d", "pool2d"),
    ("global_average_pool", "global_pool"),
    ("maxout", "feature_pool"),
    ("spp", "spatial_pyramid_pooling"),
    ("upsample", "upscale2d"),
    ("upsample2d", "upscale2d"),
    ("permute", "dimshuffle"),
    ("transpose", "dimshuffle"),
    ("zero_pad", "pad"),
    ("drop", "dropout"),
    ("activation", "nonlinearity"),
    ("rnn", "recurrent"),
    ("dense_recurrent", "recurrent"),
    ("concatenate", "concat"),
    ("sum", "add"),
    ("product", "mul"),
    ("multiply", "mul"),
    ("batch_normalization", "batch_norm"),
    ("batchnorm", "batch_norm"),
    ("lrn", "local_response_normalization2d"),
    ("noise", "gaussian_noise"),
];
