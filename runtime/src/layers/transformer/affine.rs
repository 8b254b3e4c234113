//! Affine transformations.

use super::{BorderMode, layer, places};
use crate::{Shape, shape};

/// `spatial_transformer(image, theta, downsample_factor = 1, border_mode = nearest)`: the image as an affine grid sees
/// it. Jaderberg, Simonyan, Zisserman and Kavukcuoglu, "Spatial transformer networks" (NIPS 2015).
///
/// (channels, rows, columns) and (6) -> (channels, rows / factor, columns / factor). Coordinates go from -1 to 1 over
/// the image. The output at (x, y) is the image, interpolated between its pixels, at `(a x + b y + c, d x + e y + f)`,
/// where the six parameters of each item are `a, b, c, d, e, f`; `1, 0, 0, 0, 1, 0` leave the image as it is. Beyond
/// the border lies what `border_mode` says: the `nearest` pixel, the image's `mirror` image, or the image again
/// (`wrap`).
///
/// `downsample_factor` is a number or a pair (rows, columns); below 1 it makes the output larger. Usually `theta` ends
/// in `dense(6, linear, w = constant(0))` whose biases are set to the parameters above.
#[derive(Clone, Copy, Debug)]
pub struct SpatialTransformer {
    /// How much smaller than the image the output is, in rows and columns. Default 1.
    pub downsample_factor: [f64; 2],
    /// What lies beyond the image. Default [`BorderMode::Nearest`].
    pub border_mode: BorderMode,
}

impl SpatialTransformer {
    /// What the text need not say.
    pub const DEFAULT: Self =
        SpatialTransformer { downsample_factor: [1.0; 2], border_mode: BorderMode::Nearest };

    /// See [`shape::transformer`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::transformer("spatial_transformer", inputs, 6, self.downsample_factor)
    }

    /// (x, y, 1) of each point.
    fn grid(&self, output: Shape) -> (Vec<f64>, Vec<f64>) {
        let (rows, columns) = (places(output.dim(1)), places(output.dim(2)));
        let points = output.dim(1) * output.dim(2);
        let x = rows.clone().flat_map(|_| columns.clone());
        let y = rows.clone().flat_map(|y| columns.clone().map(move |_| y));
        (x.chain(y).chain(std::iter::repeat_n(1.0, points)).collect(), vec![0.0; 6])
    }
}

layer! { SpatialTransformer }
