"""Layers of Lasagne 0.2 in Theano's own operations: each takes a case, which holds parameters, and an input."""

import numpy as np
import theano
import theano.tensor as T
from theano.tensor.nnet import abstract_conv
from theano.tensor.signal.pool import pool_2d, pool_3d


def leaky(leakiness):
    return lambda x: T.nnet.relu(x, leakiness)


def scaled_elu(scale, scale_neg):
    return lambda x: scale * T.switch(x > 0.0, x, scale_neg * T.expm1(x))


NONLINEARITIES = {
    "linear": lambda x: x,
    "relu": T.nnet.relu,
    "sigmoid": T.nnet.sigmoid,
    "tanh": T.tanh,
    "softmax": T.nnet.softmax,
    "leaky_relu(0.2)": leaky(0.2),
    "leaky_rectify": leaky(0.01),
    "very_leaky_rectify": leaky(1 / 3.0),
    "elu": lambda x: T.switch(x > 0, x, T.expm1(x)),
    "selu": scaled_elu(1.0507009873554804934193349852946, 1.6732632423543772848170429916717),
    "scaled_elu(1.2, 0.7)": scaled_elu(1.2, 0.7),
    "softplus": T.nnet.softplus,
    "scaled_tanh(0.7, 1.5)": lambda x: T.tanh(x * 0.7) * 1.5,
}

ELEMENTWISE = [name for name in NONLINEARITIES if name != "softmax"]


def pair(value, n):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


def dense(c, x, units, nonlinearity="relu", b=True, leading=1):
    kept = x.shape[:leading] if leading > 0 else None
    lengths = c.shape(x)
    leading = leading % len(lengths)
    inputs = int(np.prod(lengths[leading:]))
    w = c.param("W", (inputs, units))
    y = T.dot(x.flatten(leading + 1), w)
    if b:
        y = y + c.param("b", (units,))
    return NONLINEARITIES[nonlinearity](y)


def nin(c, x, units, nonlinearity="relu", b=True, untie=False):
    lengths = c.shape(x)
    w = c.param("W", (lengths[1], units))
    rest = len(lengths) - 2
    y = T.tensordot(x, w, axes=[[1], [0]]).dimshuffle(0, rest + 1, *range(1, rest + 1))
    if b and untie:
        y = y + T.shape_padleft(c.param("b", (units,) + lengths[2:]), 1)
    elif b:
        y = y + c.param("b", (units,)).dimshuffle("x", 0, *["x"] * rest)
    return NONLINEARITIES[nonlinearity](y)


def finish(c, y, n, filters, nonlinearity, b, untie):
    if b and untie:
        y = y + T.shape_padleft(c.param("b", (filters,) + c.shape(y)[2:]), 1)
    elif b:
        y = y + c.param("b", (filters,)).dimshuffle("x", 0, *["x"] * n)
    return NONLINEARITIES[nonlinearity](y)


BORDERS = {"same": "half", "valid": 0}


def border(pad, n):
    pad = BORDERS.get(pad, pad) if isinstance(pad, str) else pad
    return pad if isinstance(pad, str) else pair(pad, n)


def conv(c, x, n, filters, size, nonlinearity="relu", stride=1, pad=0, untie=False, b=True, flip=True, groups=1):
    size, stride, pad = pair(size, n), pair(stride, n), border(pad, n)
    w = c.param("W", (filters, c.shape(x)[1] // groups) + size)
    options = dict(filter_flip=flip, num_groups=groups)
    if n == 1:
        # As an image of one row.
        pad = pad if isinstance(pad, str) else (0,) + pad
        y = T.nnet.conv2d(
            x.dimshuffle(0, 1, "x", 2), w.dimshuffle(0, 1, "x", 2), subsample=(1,) + stride, border_mode=pad,
            **options
        )[:, :, 0]
    else:
        y = [T.nnet.conv2d, T.nnet.conv3d][n - 2](x, w, subsample=stride, border_mode=pad, **options)
    return finish(c, y, n, filters, nonlinearity, b, untie)


def transposed_length(length, size, stride, crop):
    crop = {"valid": 0, "full": size - 1, "same": size // 2}.get(crop, crop)
    return (length - 1) * stride - 2 * crop + size


def transposed_conv(
    c, x, n, filters, size, nonlinearity="relu", stride=1, crop=0, untie=False, b=True, flip=False, output_size=None
):
    size, stride = pair(size, n), pair(stride, n)
    lengths = c.shape(x)
    w = c.param("W", (lengths[1], filters) + size)
    if output_size is None:
        crops = (crop,) * n if isinstance(crop, str) else pair(crop, n)
        output_size = tuple(map(transposed_length, lengths[2:], size, stride, crops))
    output_size = pair(output_size, n)
    op = [abstract_conv.AbstractConv2d_gradInputs, abstract_conv.AbstractConv3d_gradInputs][n - 2]
    shape = (lengths[0], filters) + output_size
    y = op(imshp=shape, kshp=(lengths[1], filters) + size, subsample=stride, border_mode=border(crop, n),
           filter_flip=not flip)(w, x, output_size)
    return finish(c, y, n, filters, nonlinearity, b, untie)


def dilated_conv(c, x, filters, size, nonlinearity="relu", dilation=1, untie=False, b=True):
    size, dilation = pair(size, 2), pair(dilation, 2)
    lengths = c.shape(x)
    w = c.param("W", (lengths[1], filters) + size)
    output = tuple(length - (s - 1) * d for length, s, d in zip(lengths[2:], size, dilation))
    op = abstract_conv.AbstractConv2d_gradWeights(
        imshp=(lengths[1], lengths[0]) + lengths[2:], kshp=(filters, lengths[0]) + output, subsample=dilation,
        border_mode="valid", filter_flip=False)
    y = op(x.transpose(1, 0, 2, 3), w, output).transpose(1, 0, 2, 3)
    return finish(c, y, 2, filters, nonlinearity, b, untie)


def locally_connected(c, x, filters, size, nonlinearity="relu", untie=False, b=True, flip=True, channelwise=False):
    size = pair(size, 2)
    _, channels, rows, columns = c.shape(x)
    w = c.param("W", ((filters,) if channelwise else (filters, channels)) + size + (rows, columns))
    if flip:
        w = w[..., ::-1, ::-1, :, :]
    before = [s // 2 for s in size]
    padded = T.zeros((x.shape[0], channels, rows + size[0] - 1, columns + size[1] - 1))
    padded = T.set_subtensor(padded[:, :, before[0]:before[0] + rows, before[1]:before[1] + columns], x)
    y = 0
    for i in range(size[0]):
        for j in range(size[1]):
            part = padded[:, :, i:i + rows, j:j + columns]
            if channelwise:
                y = y + part * w[:, i, j]
            else:
                y = y + (part.dimshuffle(0, "x", 1, 2, 3) * w[:, :, i, j]).sum(axis=2)
    return finish(c, y, 2, filters, nonlinearity, b, untie)


def pool(c, x, n, size, stride=None, pad=0, ignore_border=True, mode="max"):
    size = pair(size, n)
    stride = size if stride is None else pair(stride, n)
    pad = pair(pad, n)
    if mode == "average_exc_pad" and any(pad):
        # Theano has no gradient of it: the mean with the padding, and what share of a window is none.
        share = pool(c, T.ones_like(x), n, size, stride, pad, mode="average_inc_pad")
        return pool(c, x, n, size, stride, pad, mode="average_inc_pad") / theano.gradient.disconnected_grad(share)
    if n == 1:
        y = pool_2d(T.shape_padright(x, 1), ws=size + (1,), stride=stride + (1,), pad=pad + (0,),
                    ignore_border=ignore_border, mode=mode)
        return y[:, :, :, 0]
    return [pool_2d, pool_3d][n - 2](x, ws=size, stride=stride, pad=pad, ignore_border=ignore_border, mode=mode)


FUNCTIONS = {"max": T.max, "mean": T.mean, "min": T.min, "sum": T.sum}


def global_pool(c, x, function="mean"):
    return FUNCTIONS[function](x.flatten(3), axis=2)


def grouped(c, x, pool_size, axis):
    lengths = c.shape(x)
    return x.reshape(lengths[:axis] + (lengths[axis] // pool_size, pool_size) + lengths[axis + 1:])


def feature_pool(c, x, pool_size, axis=1, function="max"):
    return FUNCTIONS[function](grouped(c, x, pool_size, axis), axis=axis + 1)


def feature_wta(c, x, pool_size, axis=1):
    groups = grouped(c, x, pool_size, axis)
    winner = T.argmax(groups, axis=axis + 1, keepdims=True)
    pattern = ["x"] * (axis + 1) + [0] + ["x"] * (x.ndim - axis - 1)
    return x * T.eq(winner, T.arange(pool_size).dimshuffle(*pattern)).reshape(c.shape(x))


def spatial_pyramid(c, x, dims=(4, 2, 1), mode="max", implementation="fast"):
    parts = []
    lengths = c.shape(x)[2:]
    for n in dims:
        if implementation == "fast":
            window = tuple((length + n - 1) // n for length in lengths)
            stride = tuple(length // n for length in lengths)
            parts.append(pool_2d(x, ws=window, stride=stride, mode=mode, pad=None, ignore_border=True).flatten(3))
            continue
        ends = [[(int(np.floor(i / float(n) * length)), int(np.ceil((i + 1) / float(n) * length))) for i in range(n)]
                for length in lengths]
        function = T.max if mode == "max" else T.mean
        for top, bottom in ends[0]:
            for left, right in ends[1]:
                parts.append(function(x[:, :, top:bottom, left:right], axis=(2, 3)).dimshuffle(0, 1, "x"))
    return T.concatenate(parts, axis=2)


def upscale(c, x, n, factors, mode="repeat"):
    factors = pair(factors, n)
    if mode == "repeat":
        for axis in range(n):
            x = T.extra_ops.repeat(x, factors[axis], axis + 2)
        return x
    lengths = c.shape(x)
    y = T.zeros(lengths[:2] + tuple(length * f for length, f in zip(lengths[2:], factors)))
    return T.set_subtensor(y[(slice(None), slice(None)) + tuple(slice(None, None, f) for f in factors)], x)


def shared(c, x, name, axes, trainable=True):
    lengths = c.shape(x)
    axes = {"auto": (0,) + tuple(range(2, len(lengths))), "all": tuple(range(len(lengths)))}.get(axes, axes) \
        if isinstance(axes, str) else pair(axes, 1)
    p = c.param(name, [length for axis, length in enumerate(lengths) if axis not in axes], trainable)
    kept = iter(range(p.ndim))
    return p.dimshuffle(["x" if axis in axes else next(kept) for axis in range(len(lengths))])


def bias(c, x, axes="auto"):
    return x + shared(c, x, "b", axes)


def scale(c, x, axes="auto"):
    return x * shared(c, x, "scales", axes)


def prelu(c, x, axes="auto"):
    return T.nnet.relu(x, shared(c, x, "alpha", axes))


def batch_norm(c, x, axes="auto", epsilon=1e-4, alpha=0.1, beta=True, gamma=True, averages=False, update=None):
    lengths = c.shape(x)
    axes = (0,) + tuple(range(2, len(lengths))) if axes == "auto" else pair(axes, 1)
    shape = [length for axis, length in enumerate(lengths) if axis not in axes]
    kept = iter(range(len(shape)))
    pattern = ["x" if axis in axes else next(kept) for axis in range(len(lengths))]
    beta = c.param("beta", shape).dimshuffle(pattern) if beta else 0
    gamma = c.param("gamma", shape).dimshuffle(pattern) if gamma else 1
    mean, inv_std = c.param("mean", shape, False), c.param("inv_std", shape, False, positive=True)
    new_mean, new_inv_std = x.mean(axes), T.inv(T.sqrt(x.var(axes) + epsilon))
    if update is None or update:
        c.after(mean, (1 - alpha) * mean + alpha * new_mean)
        c.after(inv_std, (1 - alpha) * inv_std + alpha * new_inv_std)
    if not averages:
        mean, inv_std = new_mean, new_inv_std
    return (x - mean.dimshuffle(pattern)) * (gamma * inv_std.dimshuffle(pattern)) + beta


def standardization(c, x, axes="auto", epsilon=1e-4):
    lengths = c.shape(x)
    if axes == "auto" and len(lengths) == 2:
        axes = (1,)
    elif axes in ("auto", "spatial"):
        axes = tuple(range(2, len(lengths)))
    elif axes == "features":
        axes = tuple(range(1, len(lengths)))
    else:
        axes = pair(axes, 1)
    return (x - x.mean(axes, keepdims=True)) / T.sqrt(x.var(axes, keepdims=True) + epsilon)


def response_normalization(c, x, alpha=1e-4, k=2, beta=0.75, n=5):
    lengths = c.shape(x)
    half = n // 2
    squares = T.sqr(x)
    if half:
        around = T.zeros((lengths[0], half) + lengths[2:])
        squares = T.concatenate([around, squares, around], axis=1)
    total = k
    for i in range(n):
        total = total + alpha * squares[:, i:i + lengths[1]]
    return x / total ** beta


def cropped(c, inputs, cropping):
    if cropping is None:
        return inputs
    shapes = [c.shape(x) for x in inputs]
    slices = [[] for _ in inputs]
    for axis in range(len(shapes[0])):
        crop = cropping[axis] if axis < len(cropping) else None
        least = min(shape[axis] for shape in shapes)
        for shape, parts in zip(shapes, slices):
            start = {None: 0, "lower": 0, "upper": shape[axis] - least, "center": (shape[axis] - least) // 2}[crop]
            parts.append(slice(None) if crop is None else slice(start, start + least))
    return [x[tuple(parts)] for x, parts in zip(inputs, slices)]


MERGES = {"add": T.add, "mul": T.mul, "maximum": T.maximum, "minimum": T.minimum}


def merge(c, inputs, function="add", cropping=None, coeffs=1):
    inputs = [x * k if k != 1 else x for x, k in zip(inputs, pair(coeffs, len(inputs)))]
    inputs = cropped(c, inputs, cropping)
    shapes = [c.shape(x) for x in inputs]
    for axis, lengths in enumerate(zip(*shapes)):
        if max(lengths) > 1:
            inputs = [T.addbroadcast(x, axis) if length == 1 else x for x, length in zip(inputs, lengths)]
    output = inputs[0]
    for x in inputs[1:]:
        output = MERGES[function](output, x)
    return output


def concat(c, inputs, axis=1, cropping=None):
    if cropping is not None:
        cropping = list(cropping) + [None] * (inputs[0].ndim - len(cropping))
        cropping[axis] = None
    return T.concatenate(cropped(c, inputs, cropping), axis=axis)


def interpolate(im, x, y, height, width, mode):
    """`im` (batch, rows, columns, channels) at the points of the flat `x` and `y`, from -1 to 1."""
    batch, rows, columns, channels = im.shape
    x = (x + 1) / 2 * (columns - 1.0)
    y = (y + 1) / 2 * (rows - 1.0)
    x0_f, y0_f = T.floor(x), T.floor(y)
    x1_f, y1_f = x0_f + 1, y0_f + 1

    def inside(place, length):
        if mode == "nearest":
            return T.clip(place, 0, length - 1)
        if mode == "mirror":
            period = 2.0 * (length - 1)
            return T.minimum(place % period, -place % period)
        return T.mod(place, length)

    x0, x1, y0, y1 = (T.cast(inside(p, length * 1.0), "int64")
                      for p, length in [(x0_f, columns), (x1_f, columns), (y0_f, rows), (y1_f, rows)])
    base = T.repeat(T.arange(batch, dtype="int64") * columns * rows, height * width)
    flat = im.reshape((-1, channels))
    parts = []
    for (px, wx) in [(x0, x1_f - x), (x1, x - x0_f)]:
        for (py, wy) in [(y0, y1_f - y), (y1, y - y0_f)]:
            parts.append((wx * wy).dimshuffle(0, "x") * flat[base + py * columns + px])
    return sum(parts[1:], parts[0])


def sampled(x, points, height, width, mode):
    y = interpolate(x.dimshuffle(0, 2, 3, 1), points[:, 0].flatten(), points[:, 1].flatten(), height, width, mode)
    return y.reshape((x.shape[0], height, width, x.shape[1])).dimshuffle(0, 3, 1, 2)


def grid(height, width):
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    return np.vstack([x.flatten(), y.flatten(), np.ones(x.size)])


def spatial_transformer(c, x, theta, factor=1, mode="nearest"):
    factors = pair(factor, 2)
    height, width = (int(length // f) for length, f in zip(c.shape(x)[2:], factors))
    points = T.dot(theta.reshape((-1, 2, 3)), grid(height, width))
    return sampled(x, points, height, width, mode)


def radial(squares):
    logarithm = np.log(np.where(squares > 0, squares, 1.0))
    return squares * logarithm


def tps_transformer(c, x, offsets, factor=1, points=16, mode="nearest"):
    factors = pair(factor, 2)
    height, width = (int(length // f) for length, f in zip(c.shape(x)[2:], factors))
    side = int(round(np.sqrt(points)))
    source = grid(side, side)[:2]
    system = np.zeros((points + 3, points + 3))
    system[0, 3:] = 1
    system[1:3, 3:] = source
    system[3:, 0] = 1
    system[3:, 1:3] = source.T
    system[3:, 3:] = radial(((source[:, :, None] - source[:, None, :]) ** 2).sum(axis=0))
    inverse = np.linalg.inv(system)
    target = grid(height, width)
    squares = ((target[:2, None, :] - source[:, :, None]) ** 2).sum(axis=0)
    right = np.vstack([np.ones((1, height * width)), target[:2], radial(squares)])
    moved = source + offsets.reshape((-1, 2, points))
    coefficients = T.dot(moved, inverse[:, 3:].T)
    return sampled(x, T.dot(coefficients, right), height, width, mode)


def embedding(c, x, input_size, output_size):
    return c.param("W", (input_size, output_size))[x]


def inverse(y, layer_output, layer_input):
    return theano.grad(None, wrt=layer_input, known_grads={layer_output: y})
