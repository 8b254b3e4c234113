//! Thin plate splines.

use ndarray::Array2;

use super::{BorderMode, layer, places};
use crate::{Shape, shape};

/// `tps_transformer(image, offsets, downsample_factor = 1, control_points = 16, precompute_grid = true,
/// border_mode = nearest)`: the image as a grid sees it that is bent by control points. Bookstein, "Principal warps:
/// thin-plate splines and the decomposition of deformations" (IEEE PAMI 1989); Jaderberg et al., "Spatial transformer
/// networks" (NIPS 2015).
///
/// (channels, rows, columns) and (2 control_points) -> (channels, rows / factor, columns / factor). The control points
/// lie on a square lattice over the image, row by row, with coordinates from -1 to 1. The offsets of each item, all in
/// x and then all in y, move them; the smoothest surface through the moved points, a thin plate spline, says where
/// the grid lies between them. Offsets of 0 leave the image as it is. `downsample_factor` and `border_mode` are those
/// of [`SpatialTransformer`](super::SpatialTransformer).
///
/// With `precompute_grid = false` the spline's radial terms are left out, so that only its affine part remains: these
/// are the values of Lasagne 0.2, whose expression for that case is 0 for them. The grid is computed with the
/// network in either case.
#[derive(Clone, Copy, Debug)]
pub struct TpsTransformer {
    /// How much smaller than the image the output is, in rows and columns. Default 1.
    pub downsample_factor: [f64; 2],
    /// The number of control points, a square. Default 16.
    pub control_points: usize,
    /// Whether the spline has its radial terms. Default true.
    pub precompute_grid: bool,
    /// What lies beyond the image. Default [`BorderMode::Nearest`].
    pub border_mode: BorderMode,
}

impl TpsTransformer {
    /// What the text need not say.
    pub const DEFAULT: Self = TpsTransformer {
        downsample_factor: [1.0; 2],
        control_points: 16,
        precompute_grid: true,
        border_mode: BorderMode::Nearest,
    };

    /// See [`shape::transformer`] and [`shape::control_points`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::control_points("tps_transformer", self.control_points);
        shape::transformer("tps_transformer", inputs, 2 * self.control_points, self.downsample_factor)
    }

    /// The spline through values at the control points is, at each point of the grid, linear in these values. The
    /// basis holds the factors.
    fn grid(&self, output: Shape) -> (Vec<f64>, Vec<f64>) {
        let (side, count) = (self.control_points.isqrt(), self.control_points);
        let lattice: Vec<[f64; 2]> = places(side).flat_map(|y| places(side).map(move |x| [x, y])).collect();
        let columns = places(output.dim(2));
        let points: Vec<[f64; 2]> =
            places(output.dim(1)).flat_map(|y| columns.clone().map(move |x| [x, y])).collect();

        // Affine terms 1, x and y first, then one radial term for each control point.
        let terms = |[x, y]: [f64; 2], term: usize| match term {
            0 => 1.0,
            1 => x,
            2 => y,
            term => radial([x, y], lattice[term - 3]),
        };
        // The radial terms have no part in an affine surface: sums of theirs over it are 0.
        let equations = Array2::from_shape_fn((count + 3, count + 3), |(row, column)| match (row, column) {
            (0..3, 0..3) => 0.0,
            (0..3, column) => terms(lattice[column - 3], row),
            (row, column) => terms(lattice[row - 3], column),
        });
        let inverse = inverse(equations);
        let used = if self.precompute_grid { count + 3 } else { 3 };
        let of_points =
            Array2::from_shape_fn((used, points.len()), |(term, point)| terms(points[point], term));
        let basis = inverse.slice(ndarray::s![..used, 3..]).t().dot(&of_points);
        let offset = lattice.iter().map(|[x, _]| *x).chain(lattice.iter().map(|[_, y]| *y));
        (basis.iter().copied().collect(), offset.collect())
    }
}

layer! { TpsTransformer }

/// `r^2 log r^2`, where r is the distance.
fn radial(a: [f64; 2], b: [f64; 2]) -> f64 {
    let squared = (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    if squared == 0.0 { 0.0 } else { squared * squared.ln() }
}

/// The inverse of a matrix that has one, by elimination with the largest pivot of each column.
fn inverse(mut matrix: Array2<f64>) -> Array2<f64> {
    let size = matrix.nrows();
    let mut inverse = Array2::eye(size);
    for column in 0..size {
        let largest =
            |&a: &usize, &b: &usize| matrix[[a, column]].abs().total_cmp(&matrix[[b, column]].abs());
        let pivot = (column..size).max_by(largest).unwrap_or(column);
        for array in [&mut matrix, &mut inverse] {
            for place in 0..size {
                array.swap([column, place], [pivot, place]);
            }
        }
        let factor = 1.0 / matrix[[column, column]];
        for array in [&mut matrix, &mut inverse] {
            array.row_mut(column).mapv_inplace(|value| factor * value);
        }
        for row in (0..size).filter(|&row| row != column) {
            let factor = matrix[[row, column]];
            for array in [&mut matrix, &mut inverse] {
                let pivot = array.row(column).to_owned();
                array.row_mut(row).scaled_add(-factor, &pivot);
            }
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spline_takes_the_values_at_its_control_points() {
        // A grid on the control points themselves: the basis is the identity.
        for control_points in [4_usize, 9, 16, 25] {
            let side = control_points.isqrt();
            let layer = TpsTransformer { control_points, ..TpsTransformer::DEFAULT };
            let (basis, offset) = layer.grid(Shape::new(&[1, side, side]));
            assert_eq!(offset.len(), 2 * control_points);
            for (place, value) in basis.into_iter().enumerate() {
                let expected = if place / control_points == place % control_points { 1.0 } else { 0.0 };
                assert!((value - expected).abs() < 1e-11, "{control_points}, {place}: {value}");
            }
        }
    }

    #[test]
    fn affine_surfaces_are_kept() {
        let (basis, offset) = TpsTransformer::DEFAULT.grid(Shape::new(&[1, 5, 7]));
        for (point, (y, x)) in places(5).flat_map(|y| places(7).map(move |x| (y, x))).enumerate() {
            let surface =
                |values: &[f64]| -> f64 { (0..16).map(|k| values[k] * basis[k * 35 + point]).sum() };
            assert!((surface(&offset[..16]) - x).abs() < 1e-12 && (surface(&offset[16..]) - y).abs() < 1e-12);
        }
    }
}
