//! Pooling.

use super::*;

/// What an image with so many axes beside its channels is called in messages.
const fn axes_of_image(axes: usize) -> &'static str {
    match axes {
        1 => "(channels, length)",
        2 => "(channels, rows, columns)",
        3 => "(channels, depth, rows, columns)",
        _ => panic!("an image has one to three axes beside the channels"),
    }
}

/// The shape with these channels and these lengths of the other axes.
#[track_caller]
const fn image<const N: usize>(channels: usize, lengths: [usize; N]) -> Shape {
    let mut dims = [channels; MAX_RANK];
    dims.split_at_mut(1).1.split_at_mut(N).0.copy_from_slice(&lengths);
    Shape::new(dims.split_at(N + 1).0)
}

/// Pooling along N axes: (channels, axes...) -> (channels, axes...).
///
/// With `ignore_border` along each axis `(length + 2 pad - size) / stride + 1`, rounded down: what does not fill
/// a window is left out. Without, every element is covered (and `pad` must be 0, as in Theano).
#[track_caller]
pub const fn pool<const N: usize>(
    layer: &str,
    input: Shape,
    pool_size: [usize; N],
    stride: [usize; N],
    pad: [usize; N],
    ignore_border: bool,
) -> Shape {
    real(layer, input);
    rank(layer, input, N + 1, axes_of_image(N));
    positive(layer, "pool_size", product(&pool_size));
    positive(layer, "stride", product(&stride));
    let mut lengths = [0; N];
    let mut axis = 0;
    while axis < N {
        let length = input.dims[1 + axis];
        if !ignore_border && pad[axis] > 0 {
            Message::new()
                .text(layer)
                .text(": padding needs ignore_border = true; drop one of the two")
                .panic()
        }
        if pad[axis] >= pool_size[axis] {
            Message::new()
                .text(layer)
                .text(": a pad of ")
                .numbers(&pad)
                .text(" leaves windows of ")
                .numbers(&pool_size)
                .text(" that cover nothing; the pad must be smaller than the window")
                .panic()
        }
        if ignore_border && pool_size[axis] > length + 2 * pad[axis] {
            Message::new()
                .text(layer)
                .text(": ")
                .sized(&pool_size, "window")
                .text(" does not fit its ")
                .shape(input)
                .text(" input; use a smaller window, or ignore_border = false")
                .panic()
        }
        lengths[axis] = if ignore_border {
            (length + 2 * pad[axis] - pool_size[axis]) / stride[axis] + 1
        } else if stride[axis] >= pool_size[axis] {
            (length - 1) / stride[axis] + 1
        } else {
            length.saturating_sub(pool_size[axis]).div_ceil(stride[axis]) + 1
        };
        axis += 1;
    }
    image(input.dims[0], lengths)
}

/// Global pooling: (channels, axes...) -> (channels).
#[track_caller]
pub const fn global_pool(input: Shape) -> Shape {
    real("global_pool", input);
    if input.rank < 2 {
        Message::new()
            .text("global_pool: pools over the axes after the channels, and its input ")
            .text(if input.rank == 0 { "has no axes" } else { "of " })
            .shape(input)
            .text(if input.rank == 0 { "" } else { " has none" })
            .text("; give it an input such as (channels, rows, columns)")
            .panic()
    }
    Shape::new(&[input.dims[0]])
}

/// Pooling of neighbours along an axis: its length is divided by `pool_size`. Axis 0 is the batch axis.
#[track_caller]
pub const fn feature_pool(input: Shape, pool_size: usize, axis: usize) -> Shape {
    let mut dims = groups_of_features("feature_pool", input, pool_size, axis).dims;
    dims[axis - 1] /= pool_size;
    Shape::new(dims.split_at(input.rank).0)
}

/// Winner takes all among neighbours along an axis: the shape stays. Axis 0 is the batch axis.
#[track_caller]
pub const fn feature_wta(input: Shape, pool_size: usize, axis: usize) -> Shape {
    groups_of_features("feature_wta", input, pool_size, axis)
}

#[track_caller]
const fn groups_of_features(layer: &str, input: Shape, pool_size: usize, axis: usize) -> Shape {
    real(layer, input);
    positive(layer, "pool_size", pool_size);
    if axis == 0 || axis > input.rank {
        Message::new()
            .text(layer)
            .text(": axis = ")
            .number(axis)
            .text(
                " is not an axis that can be pooled; axis 0 is the batch, and the last axis of its input of ",
            )
            .shape(input)
            .text(" is ")
            .number(input.rank)
            .panic()
    }
    if !input.dims[axis - 1].is_multiple_of(pool_size) {
        Message::new()
            .text(layer)
            .text(": axis ")
            .number(axis)
            .text(" of its input of ")
            .shape(input)
            .text(" has ")
            .number(input.dims[axis - 1])
            .text(" elements, which pool_size = ")
            .number(pool_size)
            .text(" does not divide; change one of them")
            .panic()
    }
    input
}

/// Spatial pyramid pooling: (channels, rows, columns) -> (channels, features), for each number `n` of `pool_dims`
/// n x n features. `windows` says that windows and strides are of one size at each level, which is not possible for
/// every input.
#[track_caller]
pub const fn spatial_pyramid_pooling(input: Shape, pool_dims: &[usize], windows: bool) -> Shape {
    let layer = "spatial_pyramid_pooling";
    real(layer, input);
    rank(layer, input, 3, axes_of_image(2));
    positive(layer, "the number of pool_dims", pool_dims.len());
    let mut features = 0;
    let mut level = 0;
    while level < pool_dims.len() {
        let n = pool_dims[level];
        positive(layer, "one of pool_dims", n);
        let mut axis = 1;
        while axis < 3 {
            let length = input.dims[axis];
            if windows && (length < n || (length - length.div_ceil(n)) / (length / n) + 1 != n) {
                Message::new()
                    .text(layer)
                    .text(": windows of one size cannot divide its ")
                    .shape(input)
                    .text(" input into ")
                    .numbers(&[n, n])
                    .text("; use implementation = kaiming, whose windows differ, or other pool_dims")
                    .panic()
            }
            axis += 1;
        }
        features += n * n;
        level += 1;
    }
    Shape::new(&[input.dims[0], features])
}

/// Upscaling along N axes: (channels, axes...) -> (channels, axes...), each axis times its factor.
#[track_caller]
pub const fn upscale<const N: usize>(layer: &str, input: Shape, scale_factor: [usize; N]) -> Shape {
    real(layer, input);
    rank(layer, input, N + 1, axes_of_image(N));
    positive(layer, "scale_factor", product(&scale_factor));
    let mut lengths = scale_factor;
    let mut axis = 0;
    while axis < N {
        lengths[axis] *= input.dims[1 + axis];
        axis += 1;
    }
    image(input.dims[0], lengths)
}
