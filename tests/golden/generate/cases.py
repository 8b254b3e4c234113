"""The cases kept here: each a network's text, and what Theano makes of the same words."""

import os

import numpy as np
import theano.tensor as T

import layers as L
import recurrent as R
from case import write

CASES = []


def case(name, layer, text, build, deterministic=True):
    CASES.append((name, layer, text, deterministic, 1000 + len(CASES), build))


def one(name, layer, shape, text, build, batch=3, deterministic=True):
    """A layer, or several, of one input."""
    of = "input(%s) => %s" % (", ".join(map(str, shape)), text)
    case(name, layer, of, lambda c: build(c, c.input(batch, *shape)), deterministic)


# Dense layers, and those that are dense at every position.
one("dense_scaled_elu", "dense", (3, 2), "dense(4, scaled_elu(1.2, 0.7))", lambda c, x: L.dense(c, x, 4, "scaled_elu(1.2, 0.7)"))
one("dense_leading3", "dense", (2, 3, 2, 2), "dense(3, elu, num_leading_axes = 3)", lambda c, x: L.dense(c, x, 3, "elu", leading=3))
one("dense_trailing1", "dense", (2, 3, 4), "dense(3, tanh, num_leading_axes = -1)", lambda c, x: L.dense(c, x, 3, "tanh", leading=-1))
one("dense_trailing2", "dense", (2, 3, 4), "dense(2, softplus, num_leading_axes = -2, b = none)",
    lambda c, x: L.dense(c, x, 2, "softplus", False, -2))
one("nin_of_sequences", "nin", (3, 5), "nin(2, selu, untie_biases = true)", lambda c, x: L.nin(c, x, 2, "selu", untie=True))
one("nin_nobias", "nin", (2, 2, 3, 2), "nin(3, leaky_relu(0.2), b = none)", lambda c, x: L.nin(c, x, 3, "leaky_relu(0.2)", False))

# Convolutions.
one("conv1d_stride_pad", "conv1d", (3, 10), "conv1d(2, 4, tanh, stride = 3, pad = 2)", lambda c, x: L.conv(c, x, 1, 2, 4, "tanh", 3, 2))
one("conv1d_groups_unflipped", "conv1d", (4, 7), "conv1d(6, 2, elu, pad = full, stride = 2, num_groups = 2, flip_filters = false)",
    lambda c, x: L.conv(c, x, 1, 6, 2, "elu", 2, "full", flip=False, groups=2))
one("conv1d_untied", "conv1d", (2, 7), "conv1d(3, 3, relu, stride = 2, pad = same, untie_biases = true)",
    lambda c, x: L.conv(c, x, 1, 3, 3, "relu", 2, "same", True))
one("conv2d_strides_pads", "conv2d", (2, 9, 7), "conv2d(3, (4, 2), tanh, stride = (3, 2), pad = (2, 1))",
    lambda c, x: L.conv(c, x, 2, 3, (4, 2), "tanh", (3, 2), (2, 1)))
one("conv2d_full_even", "conv2d", (2, 4, 5), "conv2d(3, (2, 4), elu, pad = full, stride = (1, 3))",
    lambda c, x: L.conv(c, x, 2, 3, (2, 4), "elu", (1, 3), "full"))
one("conv2d_same_strides", "conv2d", (2, 7, 8), "conv2d(3, (3, 5), linear, pad = same, stride = (2, 3), flip_filters = false)",
    lambda c, x: L.conv(c, x, 2, 3, (3, 5), "linear", (2, 3), "same", flip=False))
one("conv2d_rows_left_over", "conv2d", (2, 8, 9), "conv2d(3, 3, tanh, stride = 3)", lambda c, x: L.conv(c, x, 2, 3, 3, "tanh", 3))
one("conv2d_groups_strides", "conv2d", (6, 7, 6), "conv2d(6, (3, 2), softplus, num_groups = 3, stride = 2, pad = 1, untie_biases = true)",
    lambda c, x: L.conv(c, x, 2, 6, (3, 2), "softplus", 2, 1, True, groups=3))
one("conv2d_depthwise", "conv2d", (4, 6, 5), "conv2d(8, 3, tanh, num_groups = 4, pad = same, b = none)",
    lambda c, x: L.conv(c, x, 2, 8, 3, "tanh", 1, "same", b=False, groups=4))
one("conv2d_single_pixel", "conv2d", (5, 4, 3), "conv2d(4, 1, sigmoid, stride = 2)", lambda c, x: L.conv(c, x, 2, 4, 1, "sigmoid", 2))
one("conv2d_wide_pad", "conv2d", (2, 3, 4), "conv2d(2, 2, tanh, pad = 3)", lambda c, x: L.conv(c, x, 2, 2, 2, "tanh", 1, 3))
for algorithm in ["direct", "gemm", "winograd"]:
    one("conv2d_" + algorithm, "conv2d", (3, 7, 10), "conv2d(5, 3, tanh, pad = (2, 0), algorithm = %s)" % algorithm,
        lambda c, x: L.conv(c, x, 2, 5, 3, "tanh", 1, (2, 0)), 2)
one("conv3d_strides_pads", "conv3d", (2, 5, 4, 6), "conv3d(3, (2, 3, 2), tanh, stride = (2, 1, 3), pad = (1, 0, 2))",
    lambda c, x: L.conv(c, x, 3, 3, (2, 3, 2), "tanh", (2, 1, 3), (1, 0, 2)), 2)
one("conv3d_groups_same", "conv3d", (4, 3, 4, 3), "conv3d(2, (3, 1, 3), elu, pad = same, num_groups = 2, flip_filters = false, untie_biases = true)",
    lambda c, x: L.conv(c, x, 3, 2, (3, 1, 3), "elu", 1, "same", True, flip=False, groups=2), 2)
one("conv3d_full", "conv3d", (1, 2, 3, 2), "conv3d(2, 2, linear, pad = full, stride = 2, b = none)",
    lambda c, x: L.conv(c, x, 3, 2, 2, "linear", 2, "full", b=False), 2)
one("transposed_conv2d_strides_crops", "transposed_conv2d", (3, 3, 4), "transposed_conv2d(2, (4, 3), tanh, stride = (3, 2), crop = (1, 2))",
    lambda c, x: L.transposed_conv(c, x, 2, 2, (4, 3), "tanh", (3, 2), (1, 2)))
one("transposed_conv2d_same", "transposed_conv2d", (2, 3, 4), "transposed_conv2d(2, 3, elu, stride = 2, crop = same, flip_filters = true, untie_biases = true)",
    lambda c, x: L.transposed_conv(c, x, 2, 2, 3, "elu", 2, "same", True, flip=True))
one("transposed_conv2d_full", "transposed_conv2d", (2, 5, 4), "transposed_conv2d(3, (2, 3), linear, crop = full, b = none)",
    lambda c, x: L.transposed_conv(c, x, 2, 3, (2, 3), "linear", 1, "full", b=False))
one("transposed_conv2d_output_size", "transposed_conv2d", (2, 3, 2), "transposed_conv2d(2, 2, tanh, stride = 3, output_size = (10, 6))",
    lambda c, x: L.transposed_conv(c, x, 2, 2, 2, "tanh", 3, output_size=(10, 6)))
one("transposed_conv3d", "transposed_conv3d", (2, 2, 3, 2), "transposed_conv3d(2, (2, 3, 2), tanh, stride = (2, 1, 3), crop = (1, 0, 1))",
    lambda c, x: L.transposed_conv(c, x, 3, 2, (2, 3, 2), "tanh", (2, 1, 3), (1, 0, 1)), 2)
one("dilated_conv2d_dilations", "dilated_conv2d", (2, 7, 8), "dilated_conv2d(3, (3, 2), elu, dilation = (2, 3), untie_biases = true)",
    lambda c, x: L.dilated_conv(c, x, 3, (3, 2), "elu", (2, 3), True))
one("locally_connected2d_channelwise", "locally_connected2d", (3, 4, 5), "locally_connected2d(3, (3, 1), tanh, channelwise = true, flip_filters = false)",
    lambda c, x: L.locally_connected(c, x, 3, (3, 1), "tanh", flip=False, channelwise=True))
one("locally_connected2d_untied", "locally_connected2d", (2, 3, 4), "locally_connected2d(2, (1, 5), elu, untie_biases = true)",
    lambda c, x: L.locally_connected(c, x, 2, (1, 5), "elu", True))

# Pooling.
one("pool1d_keep_border", "pool1d", (2, 10), "pool1d(4, stride = 3, ignore_border = false, mode = average_inc_pad)",
    lambda c, x: L.pool(c, x, 1, 4, 3, 0, False, "average_inc_pad"))
one("max_pool2d_sizes", "pool2d", (2, 8, 9), "max_pool2d((3, 2), stride = (2, 3), pad = (1, 0))", lambda c, x: L.pool(c, x, 2, (3, 2), (2, 3), (1, 0)))
one("max_pool2d_gaps", "pool2d", (2, 9, 8), "max_pool2d(2, stride = (3, 4), ignore_border = false)",
    lambda c, x: L.pool(c, x, 2, 2, (3, 4), 0, False))
one("max_pool2d_overlap_keep_border", "pool2d", (2, 6, 7), "max_pool2d((3, 4), stride = (2, 3), ignore_border = false)",
    lambda c, x: L.pool(c, x, 2, (3, 4), (2, 3), 0, False))
one("pool2d_average_exc_pad_padded", "pool2d", (2, 7, 6), "pool2d(3, stride = 2, pad = (1, 2), mode = average_exc_pad)",
    lambda c, x: L.pool(c, x, 2, 3, 2, (1, 2), True, "average_exc_pad"))
one("pool2d_average_inc_pad_keep_border", "pool2d", (2, 5, 7), "pool2d((2, 3), ignore_border = false, mode = average_inc_pad)",
    lambda c, x: L.pool(c, x, 2, (2, 3), None, 0, False, "average_inc_pad"))
one("pool2d_average_exc_pad_keep_border", "pool2d", (2, 5, 7), "pool2d((2, 3), stride = (1, 2), ignore_border = false, mode = average_exc_pad)",
    lambda c, x: L.pool(c, x, 2, (2, 3), (1, 2), 0, False, "average_exc_pad"))
one("max_pool3d_strides_pads", "pool3d", (2, 5, 4, 6), "max_pool3d((3, 2, 2), stride = (2, 1, 3), pad = (2, 0, 1))",
    lambda c, x: L.pool(c, x, 3, (3, 2, 2), (2, 1, 3), (2, 0, 1)), 2)
one("pool3d_average_inc_pad", "pool3d", (2, 4, 5, 4), "pool3d(2, stride = (1, 2, 1), pad = 1, mode = average_inc_pad)",
    lambda c, x: L.pool(c, x, 3, 2, (1, 2, 1), 1, True, "average_inc_pad"), 2)
for function in ["min", "sum"]:
    one("global_pool_" + function, "global_pool", (2, 3, 4), "global_pool(pool_function = %s)" % function,
        lambda c, x, function=function: L.global_pool(c, x, function))
one("global_pool_of_sequences", "global_pool", (3, 5), "global_pool", lambda c, x: L.global_pool(c, x))
one("feature_pool_last_axis", "feature_pool", (2, 6), "feature_pool(3, axis = 2, pool_function = mean)",
    lambda c, x: L.feature_pool(c, x, 3, 2, "mean"))
one("feature_pool_min", "feature_pool", (4, 3, 2), "feature_pool(2, axis = 1, pool_function = min)", lambda c, x: L.feature_pool(c, x, 2, 1, "min"))
one("feature_wta_last_axis", "feature_wta", (2, 3, 4), "feature_wta(2, axis = 3)", lambda c, x: L.feature_wta(c, x, 2, 3))
one("spatial_pyramid_pooling_kaiming", "spatial_pyramid_pooling", (2, 7, 5), "spatial_pyramid_pooling([3, 2], mode = average_inc_pad, implementation = kaiming)",
    lambda c, x: L.spatial_pyramid(c, x, (3, 2), "average_inc_pad", "kaiming"))
one("spatial_pyramid_pooling_fast", "spatial_pyramid_pooling", (2, 5, 7), "spatial_pyramid_pooling([2, 1], mode = average_exc_pad)",
    lambda c, x: L.spatial_pyramid(c, x, (2, 1), "average_exc_pad"))
one("upscale3d_dilate", "upscale3d", (2, 2, 3, 2), "upscale3d((2, 1, 3), mode = dilate)", lambda c, x: L.upscale(c, x, 3, (2, 1, 3), "dilate"), 2)
one("upscale3d_repeat", "upscale3d", (2, 2, 2, 3), "upscale3d((1, 3, 2))", lambda c, x: L.upscale(c, x, 3, (1, 3, 2)), 2)

# A convolution and the pooling behind it, which are computed as one.
one("conv2d_pooled", "conv2d", (2, 9, 8), "conv2d(5, 3, relu, pad = same) => max_pool2d(2)",
    lambda c, x: L.pool(c, L.conv(c, x, 2, 5, 3, "relu", 1, "same"), 2, 2))
one("conv2d_pooled_overlapping", "conv2d", (3, 8, 9), "conv2d(4, (2, 3), leaky_relu(0.2), pad = 1) => max_pool2d(3, stride = 2, pad = 1)",
    lambda c, x: L.pool(c, L.conv(c, x, 2, 4, (2, 3), "leaky_relu(0.2)", 1, 1), 2, 3, 2, 1))
one("conv2d_pooled_keep_border", "conv2d", (2, 10, 11), "conv2d(3, 3, tanh, stride = 2) => max_pool2d((2, 3), ignore_border = false)",
    lambda c, x: L.pool(c, L.conv(c, x, 2, 3, 3, "tanh", 2), 2, (2, 3), ignore_border=False))

# Axes.
one("reshape_of_inputs", "reshape", (2, 3, 4), "reshape([3], -1, [1])", lambda c, x: x.reshape((3, 4, 3, 2)))
one("dimshuffle_new_axes", "dimshuffle", (2, 1, 3), "dimshuffle(x, 3, 1, x)", lambda c, x: T.addbroadcast(x, 2).dimshuffle(0, "x", 3, 1, "x"))
one("slice_steps", "slice", (2, 7), "slice((-2..).step_by(-3), axis = 2)", lambda c, x: x[:, :, -2::-3])
one("slice_of_channels", "slice", (4, 3, 2), "slice(-3..-1, axis = -3)", lambda c, x: x[:, -3:-1])


def padded(x, sides, value):
    shape = [x.shape[i] + a + b for i, (a, b) in enumerate(sides)]
    inner = tuple(slice(a, a + x.shape[i]) for i, (a, b) in enumerate(sides))
    return T.set_subtensor((T.zeros(shape) + value)[inner], x)


one("pad_value", "pad", (2, 3, 2), "pad(2, val = -1.5)", lambda c, x: padded(x, [(0, 0), (0, 0), (2, 2), (2, 2)], -1.5))
one("pad_sides", "pad", (2, 3, 2), "pad([1, (0, 2), (3, 1)], batch_ndim = 1)", lambda c, x: padded(x, [(0, 0), (1, 1), (0, 2), (3, 1)], 0))


# Merges.
def several(name, layer, shapes, text, build, batch=2):
    names = "abcd"[:len(shapes)]
    lets = "".join("let %s = input(%s); " % (n, ", ".join(map(str, s))) for n, s in zip(names, shapes))
    case(name, layer, lets + text, lambda c: build(c, [c.input(batch, *s) for s in shapes]))


several("concat_last_axis", "concat", [(2, 3), (2, 1), (2, 4)], "concat(a, b, c, axis = -1)", lambda c, xs: L.concat(c, xs, -1))
several("concat_cropped", "concat", [(2, 5, 4), (3, 3, 6)], "concat(a, b, axis = 1, cropping = (none, none, center, upper))",
        lambda c, xs: L.concat(c, xs, 1, [None, None, "center", "upper"]))
several("concat_cropped_axis", "concat", [(2, 5, 4), (2, 3, 6)], "concat(a, b, axis = 2, cropping = (none, lower, center, lower))",
        lambda c, xs: L.concat(c, xs, 2, [None, "lower", "center", "lower"]))
several("elemwise_sum_cropped", "elemwise_sum", [(5, 4), (2, 7), (3, 3)], "elemwise_sum(a, b, c, coeffs = (2, -1, 0.5), cropping = (none, center, upper))",
        lambda c, xs: L.merge(c, xs, "add", [None, "center", "upper"], (2, -1, 0.5)))
several("elemwise_sum_of_one_coefficient", "elemwise_sum", [(3, 2), (3, 2)], "add(a, b, coeffs = -0.5)", lambda c, xs: L.merge(c, xs, coeffs=-0.5))
several("elemwise_sum_repeated", "elemwise_sum", [(3, 1, 2), (1, 4, 2)], "add(a, b)", lambda c, xs: L.merge(c, xs))
several("elemwise_mul_repeated", "elemwise_merge", [(1, 4), (3, 4), (3, 1)], "mul(a, b, c)", lambda c, xs: L.merge(c, xs, "mul"))
several("elemwise_min_cropped", "elemwise_merge", [(4, 3), (3, 5), (5, 4)], "min(a, b, c, cropping = (none, lower, center))",
        lambda c, xs: L.merge(c, xs, "minimum", [None, "lower", "center"]))

# Elementwise, with shared parameters.
one("bias_of_positions", "bias", (2, 3, 2), "bias(shared_axes = (0, 1))", lambda c, x: L.bias(c, x, (0, 1)))
one("scale_of_batch", "scale", (2, 3), "scale(shared_axes = 0)", lambda c, x: L.scale(c, x, 0))
one("prelu_of_all", "prelu", (2, 3, 2), "prelu(shared_axes = all)", lambda c, x: L.prelu(c, x, "all"))
one("prelu_of_columns", "prelu", (2, 3, 2), "prelu(shared_axes = (0, 1, 2))", lambda c, x: L.prelu(c, x, (0, 1, 2)))

# Normalizations.
one("batch_norm_averages", "batch_norm", (2, 3, 2), "batch_norm(alpha = 0.3, epsilon = 0.01)",
    lambda c, x: L.batch_norm(c, x, alpha=0.3, epsilon=0.01), deterministic=False)
one("batch_norm_axes", "batch_norm", (2, 3, 4), "batch_norm(axes = (0, 1), beta = none)",
    lambda c, x: L.batch_norm(c, x, (0, 1), beta=False), deterministic=False)
one("batch_norm_by_averages", "batch_norm", (3, 2), "batch_norm(use_averages = true, gamma = none, alpha = 0.5)",
    lambda c, x: L.batch_norm(c, x, averages=True, gamma=False, alpha=0.5), deterministic=False)
one("batch_norm_after_conv1d", "batch_norm", (2, 6), "conv1d(3, 2, elu, norm = batch_norm(epsilon = 0.001))",
    lambda c, x: L.NONLINEARITIES["elu"](L.batch_norm(c, L.conv(c, x, 1, 3, 2, "linear", b=False), epsilon=0.001)), deterministic=False)
one("batch_norm_folded", "batch_norm", (2, 5, 4), "conv2d(3, 2, tanh, norm = batch_norm)",
    lambda c, x: T.tanh(L.batch_norm(c, L.conv(c, x, 2, 3, 2, "linear", b=False), averages=True, update=False)))
one("batch_norm_folded_dense", "batch_norm", (5,), "dense(3, relu, norm = batch_norm(gamma = none))",
    lambda c, x: T.nnet.relu(L.batch_norm(c, L.dense(c, x, 3, "linear", False), averages=True, update=False, gamma=False)))
one("standardization_features", "standardization", (2, 3, 2), "standardization(axes = features, epsilon = 0.01)",
    lambda c, x: L.standardization(c, x, "features", 0.01))
one("standardization_vector", "standardization", (5,), "standardization", lambda c, x: L.standardization(c, x))
one("standardization_axes", "standardization", (2, 3, 4), "standardization(axes = (1, 3))", lambda c, x: L.standardization(c, x, (1, 3)))
one("response_normalization_few_channels", "local_response_normalization", (2, 3, 2), "local_response_normalization2d(alpha = 0.2, k = 1, beta = 0.5, n = 7)",
    lambda c, x: L.response_normalization(c, x, 0.2, 1, 0.5, 7))


# Transformers.
def transformed(name, shape, factor, mode):
    def build(c):
        x = c.input(2, *shape)
        theta = c.input(values=c.values((2, 6)) * 0.5 + [1, 0, 0, 0, 1, 0])
        return L.spatial_transformer(c, x, theta, factor, mode)

    case(name, "spatial_transformer", "let a = input(%s); let b = input(6); spatial_transformer(a, b, downsample_factor = %s, border_mode = %s)"
         % (", ".join(map(str, shape)), factor, mode), build)


transformed("spatial_transformer_factors", (2, 6, 5), (1.5, 0.7), "nearest")
transformed("spatial_transformer_mirror", (1, 4, 5), 1, "mirror")
transformed("spatial_transformer_wrap", (2, 5, 4), 0.5, "wrap")


def bent(name, shape, points, factor, mode):
    def build(c):
        x = c.input(2, *shape)
        return L.tps_transformer(c, x, c.input(values=c.values((2, 2 * points)) * 0.4), factor, points, mode)

    case(name, "tps_transformer", "let a = input(%s); let b = input(%d); tps_transformer(a, b, control_points = %d, downsample_factor = %s, border_mode = %s)"
         % (", ".join(map(str, shape)), 2 * points, points, factor, mode), build)


bent("tps_transformer", (2, 5, 6), 16, 1, "nearest")
bent("tps_transformer_mirror", (1, 6, 5), 4, (2, 0.6), "mirror")
bent("tps_transformer_wrap", (1, 5, 5), 9, 1, "wrap")

# Tables of vectors.
case("embedding_of_images", "embedding", "input(2, 3, dtype = i32) => embedding(4, 2)", lambda c: L.embedding(c, c.input(3, 2, 3, below=4), 4, 2))


# Recurrent layers.
def sequence(name, layer, steps, features, text, build, mask=False, starts=(), batch=3):
    lets = "let x = input(%s); " % ", ".join(map(str, (steps,) + features))
    lets += "let m = input(%d); " % steps if mask else ""
    lets += "".join("let %s = input(%d); " % start for start in starts)

    def of(c):
        x = c.input(batch, steps, *features)
        options = {}
        if mask:
            # What is not 0 counts as 1.
            options["mask"] = c.input(values=c.random.choice([0.0, 0.5, 1.0, 2.0], (batch, steps), p=[0.4, 0.2, 0.3, 0.1]), gradient=False)
        options.update((n, c.input(batch, units)) for n, units in starts)
        return build(c, x, **options)

    case(name, layer, lets + "x => " + text, of)


sequence("recurrent_truncated", "recurrent", 7, (2,), "recurrent(3, nonlinearity = tanh, gradient_steps = 3)",
         lambda c, x: R.recurrent(c, x, 3, "tanh", gradient_steps=3))
sequence("recurrent_clipped", "recurrent", 5, (2,), "recurrent(3, nonlinearity = sigmoid, grad_clipping = 0.1, b = none, learn_init = true)",
         lambda c, x: R.recurrent(c, x, 3, "sigmoid", False, grad_clipping=0.1, learn_init=True))
sequence("recurrent_masked_backwards", "recurrent", 6, (2, 2), "recurrent(3, nonlinearity = elu, mask = m, hid_init = hid_init, backwards = true)",
         lambda c, x, **o: R.recurrent(c, x, 3, "elu", backwards=True, **o), True, [("hid_init", 3)])
sequence("recurrent_truncated_final", "recurrent", 5, (3,), "recurrent(2, nonlinearity = tanh, gradient_steps = 2, only_return_final = true, mask = m, backwards = true, learn_init = true)",
         lambda c, x, **o: R.recurrent(c, x, 2, "tanh", gradient_steps=2, final=True, backwards=True, learn_init=True, **o), True)
sequence("lstm_gates", "lstm", 4, (3,), "lstm(2, ingate = gate(nonlinearity = tanh), cell = gate(nonlinearity = elu), outgate = gate(nonlinearity = relu), nonlinearity = softplus)",
         lambda c, x: R.lstm(c, x, 2, ("tanh", "sigmoid", "elu", "relu"), "softplus"))
sequence("lstm_starts", "lstm", 4, (2,), "lstm(3, mask = m, hid_init = hid_init, cell_init = cell_init, backwards = true)",
         lambda c, x, **o: R.lstm(c, x, 3, backwards=True, **o), True, [("hid_init", 3), ("cell_init", 3)])
sequence("lstm_truncated", "lstm", 7, (2,), "lstm(2, gradient_steps = 3, peepholes = false, cell_init = cell_init, learn_init = true)",
         lambda c, x, **o: R.lstm(c, x, 2, gradient_steps=3, peepholes=False, learn_init=True, **o), starts=[("cell_init", 2)])
sequence("lstm_clipped", "lstm", 5, (2,), "lstm(3, grad_clipping = 0.1, learn_init = true, only_return_final = true)",
         lambda c, x: R.lstm(c, x, 3, grad_clipping=0.1, learn_init=True, final=True))
sequence("lstm_single_unit", "lstm", 5, (1,), "lstm(1, gradient_steps = 8)", lambda c, x: R.lstm(c, x, 1, gradient_steps=8))
sequence("gru_gates", "gru", 4, (2,), "gru(3, resetgate = gate(nonlinearity = elu), updategate = gate(nonlinearity = tanh), hidden_update = gate(nonlinearity = softplus))",
         lambda c, x: R.gru(c, x, 3, ("elu", "tanh", "softplus")))
sequence("gru_clipped", "gru", 5, (2, 2), "gru(2, grad_clipping = 0.05, learn_init = true, backwards = true)",
         lambda c, x: R.gru(c, x, 2, grad_clipping=0.05, learn_init=True, backwards=True))
sequence("gru_truncated_masked", "gru", 7, (2,), "gru(3, gradient_steps = 2, mask = m, hid_init = hid_init, only_return_final = true)",
         lambda c, x, **o: R.gru(c, x, 3, gradient_steps=2, final=True, **o), True, [("hid_init", 3)])


def dense_hidden(c, h):
    c.known[h] = (3, 2)
    y = L.dense(c, h, 3, "tanh")
    c.known[y] = (3, 3)
    return L.dense(c, y, 2, "linear", False)


sequence("custom_recurrent_dense", "custom_recurrent", 5, (3,),
         "custom_recurrent(input_to_hidden = { dense(2, elu) }, hidden_to_hidden = { dense(3, tanh) => dense(2, linear, b = none) }, nonlinearity = softplus, learn_init = true, mask = m, gradient_steps = 3)",
         lambda c, x, **o: R.custom(c, x, (2,), lambda c, v: L.dense(c, v, 2, "elu"), dense_hidden, "softplus", learn_init=True, gradient_steps=3, **o), True)


def conv_hidden(c, h):
    c.known[h] = (2, 2, 3, 4)
    return L.conv(c, h, 2, 2, (3, 1), "linear", pad="same", b=False)


sequence("custom_recurrent_conv2d", "custom_recurrent", 4, (1, 3, 4),
         "custom_recurrent(input_to_hidden = { conv2d(2, 3, linear, pad = same) }, hidden_to_hidden = { conv2d(2, (3, 1), linear, pad = same, b = none) }, nonlinearity = tanh, backwards = true, grad_clipping = 0.2)",
         lambda c, x: R.custom(c, x, (2, 3, 4), lambda c, v: L.conv(c, v, 2, 2, 3, "linear", pad="same"), conv_hidden, "tanh", backwards=True, grad_clipping=0.2), batch=2)


# Inverses, with a nonlinearity between so that what comes in depends on all.
def inverted(name, shape, text, build, batch=2, deterministic=True):
    def of(c):
        x = c.input(batch, *shape) * 1.0
        y = build(c, x)
        return L.inverse(T.tanh(y) * 1.0, y, x)

    case(name, "inverse", "input(%s) => first: %s => nonlinearity(tanh) => inverse(first)" % (", ".join(map(str, shape)), text), of, deterministic)


inverted("inverse_dense_elu", (2, 3), "dense(4, elu)", lambda c, x: L.dense(c, x, 4, "elu"))
inverted("inverse_conv2d", (2, 6, 5), "conv2d(3, (2, 3), selu, stride = (2, 1), pad = 1)", lambda c, x: L.conv(c, x, 2, 3, (2, 3), "selu", (2, 1), 1))
inverted("inverse_max_pool2d", (2, 5, 6), "max_pool2d((2, 3), stride = (1, 2), pad = 1)", lambda c, x: L.pool(c, x, 2, (2, 3), (1, 2), 1))
inverted("inverse_global_pool", (2, 3, 2), "global_pool(pool_function = max)", lambda c, x: L.global_pool(c, x, "max"))
inverted("inverse_standardization", (2, 3, 2), "standardization", lambda c, x: L.standardization(c, x))
inverted("inverse_batch_norm", (3, 2), "batch_norm", lambda c, x: L.batch_norm(c, x), 4, False)
inverted("inverse_response_normalization", (4, 2, 3), "local_response_normalization2d(alpha = 0.1)", lambda c, x: L.response_normalization(c, x, 0.1))

if __name__ == "__main__":
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    index = write(folder, CASES)
    print("%d of %d cases" % (len(index), len(CASES)))
