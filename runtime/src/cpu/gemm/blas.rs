//! Products by the BLAS library that a cargo feature links.

use std::ffi::c_int;

use cblas_sys::{CBLAS_LAYOUT, CBLAS_TRANSPOSE, cblas_dgemm, cblas_sgemm};
use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Real;

// These crates are empty: naming one gives its library to the linker.
#[cfg(feature = "accelerate")]
extern crate accelerate_src as _;
#[cfg(feature = "blis")]
extern crate blis_src as _;
#[cfg(feature = "openblas")]
extern crate openblas_src as _;

// The library that loads the rest of MKL; the crate for it can download, and needs much for that.
#[cfg(feature = "mkl")]
#[link(name = "mkl_rt")]
unsafe extern "C" {}

/// C = alpha op(A) op(B) + beta C, as CBLAS declares it: the layout, the two transpositions, the
/// lengths m, n and k, then alpha, A, B, beta and C, each matrix with the distance of its lines.
type Gemm<T> = unsafe extern "C" fn(
    CBLAS_LAYOUT,
    CBLAS_TRANSPOSE,
    CBLAS_TRANSPOSE,
    c_int,
    c_int,
    c_int,
    T,
    *const T,
    c_int,
    *const T,
    c_int,
    T,
    *mut T,
    c_int,
);

/// The element types that BLAS has a matrix product for.
pub trait Blas: Sized + 'static {
    /// The matrix product.
    const GEMM: Gemm<Self>;
}

impl Blas for f32 {
    const GEMM: Gemm<f32> = cblas_sgemm;
}

impl Blas for f64 {
    const GEMM: Gemm<f64> = cblas_dgemm;
}

/// C = A·B, or C += A·B if `accumulate`, and whether BLAS could do it.
///
/// It cannot if neither the rows nor the columns of an operand are contiguous and apart, or if a
/// length or distance is beyond a C `int`. C is untouched then. The shapes are known to agree, not
/// to be empty, and C to have contiguous rows that do not overlap.
#[must_use]
pub fn multiply<T: Real>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    accumulate: bool,
    mut c: ArrayViewMut2<T>,
) -> bool {
    let ((rows, depth), columns) = (a.dim(), b.ncols());
    let operands = (|| {
        let lengths = [int(rows)?, int(columns)?, int(depth)?];
        let a = Lines::new(a.dim(), a.strides())?;
        let b = Lines::new(b.dim(), b.strides())?;
        let c = Lines::by_row(c.dim(), c.strides())?;
        Some((lengths, a, b, c))
    })();
    let Some(([m, n, k], a_lines, b_lines, c_distance)) = operands else { return false };
    let beta = if accumulate { T::one() } else { T::zero() };
    // SAFETY: the lines and their distances are those of the views, so BLAS reads elements of A and
    // B and writes elements of C alone; C is borrowed for writing, so it overlaps neither.
    unsafe {
        T::GEMM(
            CBLAS_LAYOUT::CblasRowMajor,
            a_lines.transpose(),
            b_lines.transpose(),
            m,
            n,
            k,
            T::one(),
            a.as_ptr(),
            a_lines.distance,
            b.as_ptr(),
            b_lines.distance,
            beta,
            c.as_mut_ptr(),
            c_distance,
        );
    }
    true
}

/// How the lines of a matrix, its rows or its columns, lie in memory.
struct Lines {
    /// Whether the lines are columns: the transpose is stored by rows.
    transposed: bool,
    /// From the start of a line to that of the next.
    distance: c_int,
}

impl Lines {
    /// The lines of a matrix of these lengths and strides, if BLAS can read it.
    fn new((rows, columns): (usize, usize), strides: &[isize]) -> Option<Lines> {
        if let Some(distance) = Lines::by_row((rows, columns), strides) {
            return Some(Lines { transposed: false, distance });
        }
        let distance = Lines::by_row((columns, rows), &[strides[1], strides[0]])?;
        Some(Lines { transposed: true, distance })
    }

    fn transpose(&self) -> CBLAS_TRANSPOSE {
        if self.transposed { CBLAS_TRANSPOSE::CblasTrans } else { CBLAS_TRANSPOSE::CblasNoTrans }
    }

    /// The distance of the rows, if they are contiguous and do not overlap.
    fn by_row((rows, columns): (usize, usize), strides: &[isize]) -> Option<c_int> {
        // The stride of an axis with one element means nothing.
        let contiguous = columns == 1 || strides[1] == 1;
        let distance = if rows == 1 { columns } else { usize::try_from(strides[0]).ok()? };
        if contiguous && distance >= columns { int(distance) } else { None }
    }
}

fn int(length: usize) -> Option<c_int> {
    c_int::try_from(length).ok()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;

    #[test]
    fn rows_and_columns_go_to_the_library_and_the_rest_is_left_alone() {
        let a = Array2::<f64>::ones((4, 3));
        let b = Array2::<f64>::ones((3, 5));
        let mut c = Array2::<f64>::from_elem((4, 5), 7.0);
        assert!(!multiply(a.slice(s![..;-1, ..]), b.view(), false, c.view_mut()));
        assert!(c.iter().all(|&value| value == 7.0));
        assert!(multiply(a.view(), b.view(), true, c.view_mut()));
        assert!(c.iter().all(|&value| value == 10.0));
        let b = b.t().as_standard_layout().into_owned();
        assert!(multiply(a.view(), b.t(), false, c.view_mut()));
        assert!(c.iter().all(|&value| value == 3.0));
    }

    fn lines(lengths: (usize, usize), strides: [isize; 2]) -> Option<(bool, c_int)> {
        Lines::new(lengths, &strides).map(|lines| (lines.transposed, lines.distance))
    }

    #[test]
    fn lines_are_rows_or_columns() {
        assert_eq!(lines((4, 3), [3, 1]), Some((false, 3)));
        assert_eq!(lines((4, 3), [7, 1]), Some((false, 7)));
        assert_eq!(lines((4, 3), [1, 4]), Some((true, 4)));
        assert_eq!(lines((4, 3), [1, 9]), Some((true, 9)));
        // Axes of one element, whose strides may be anything.
        assert_eq!(lines((1, 3), [-5, 1]), Some((false, 3)));
        assert_eq!(lines((1, 3), [0, 5]), Some((true, 5)));
        assert_eq!(lines((4, 1), [6, 0]), Some((false, 6)));
        assert_eq!(lines((4, 1), [1, -2]), Some((false, 1)));
        assert_eq!(lines((1, 1), [0, 0]), Some((false, 1)));
    }

    #[test]
    fn other_strides_are_not_for_blas() {
        for strides in [[6, 2], [-3, 1], [3, -1], [1, -4], [2, 1], [0, 1], [1, 0], [1, 1], [1, 3], [0, 0]] {
            assert_eq!(lines((4, 3), strides), None, "{strides:?}");
        }
        assert_eq!(lines((4, 1), [-1, 1]), None);
        assert_eq!(lines((1, 3), [3, 0]), None);
    }

    #[test]
    fn lengths_fit_an_int() {
        let most = c_int::MAX as usize;
        assert_eq!(int(most), Some(c_int::MAX));
        assert_eq!(int(most + 1), None);
        assert_eq!(lines((2, 3), [most as isize, 1]), Some((false, c_int::MAX)));
        assert_eq!(lines((2, 3), [most as isize + 1, 1]), None);
        assert_eq!(lines((2, 3), [1, most as isize + 1]), None);
    }
}
