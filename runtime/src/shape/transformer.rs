//! Images seen through a grid.

use super::*;

/// Spatial transformers: an image (channels, rows, columns) and (num_parameters) -> (channels, rows, columns), where
/// rows and columns are divided by `downsample_factor` and rounded down.
#[track_caller]
pub const fn transformer(
    layer: &str,
    inputs: &[Shape],
    num_parameters: usize,
    downsample_factor: [f64; 2],
) -> Shape {
    let [image, parameters] = inputs else { panic!("a transformer needs two inputs") };
    real(layer, *image);
    real(layer, *parameters);
    rank(layer, *image, 3, "(channels, rows, columns)");
    if parameters.rank != 1 || parameters.dims[0] != num_parameters {
        Message::new()
            .text(layer)
            .text(": its second input must be the ")
            .number(num_parameters)
            .text(" parameters of the transformation, and it is ")
            .shape(*parameters)
            .text("; let it end in `dense(")
            .number(num_parameters)
            .text(", linear)`")
            .panic()
    }
    let mut dims = image.dims;
    let mut axis = 0;
    while axis < 2 {
        let factor = downsample_factor[axis];
        if !(factor > 0.0 && factor < f64::INFINITY) {
            Message::new()
                .text(layer)
                .text(
                    ": a downsample_factor must be above 0; 1 keeps the image's size, more makes it smaller",
                )
                .panic()
        }
        let length = image.dims[1 + axis] as f64;
        // Python's division `//` of floats, which rounds once.
        dims[1 + axis] = ((length - length % factor) / factor + 0.5) as usize;
        if dims[1 + axis] < 2 || image.dims[1 + axis] < 2 {
            Message::new()
                .text(layer)
                .text(": a grid has at least 2 rows and 2 columns; those of its image of ")
                .shape(*image)
                .text(" are too few for this downsample_factor")
                .panic()
        }
        axis += 1;
    }
    Shape::new(dims.split_at(3).0)
}

/// The control points of a thin plate spline: a square number of them.
#[track_caller]
pub const fn control_points(layer: &str, count: usize) {
    let side = count.isqrt();
    if side < 2 || side * side != count {
        Message::new()
            .text(layer)
            .text(": control_points = ")
            .number(count)
            .text(" do not make a square; it must be 4, 9, 16, 25, ...")
            .panic()
    }
}
