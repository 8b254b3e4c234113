//! The transforms of Winograd's convolution: small matrices on both sides of tiles.
//!
//! A row of a tile of n numbers stands for a polynomial by its values at n - 1 points and at infinity. The points are 0 and
//! pairs of a number and its negative: of each pair even powers are the same and odd ones opposite, so that the
//! matrices, whose rows or columns are the points, need about half of their multiplications.

use std::marker::PhantomData;

use crate::Real;
use crate::cpu::gemm::kernels::{Vector, VectorWork};
use crate::cpu::isa::Isa;

/// Rows and columns of what a tile computes.
pub const OUTPUT: usize = 4;

/// Points of which a tile has as many as its rows but for one, and infinity.
const POINTS: [f64; 7] = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5];

/// What a transform is of, with tiles of `OUTPUT` rows and so many more as filters have but for one.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// From tiles of images to transformed ones.
    Images,
    /// From filters.
    Filters,
    /// From gradients of sums.
    SumGradients,
    /// From transformed tiles to sums.
    Sums,
    /// To gradients of filters.
    FilterGradients,
}

/// How squares of numbers lie.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// From a row of a square to the next.
    pub row: usize,
    /// From a column to the next.
    pub column: usize,
}

impl Steps {
    /// From the first element of a square of so many rows and columns to the last.
    fn reach(self, rows: usize) -> usize {
        (rows - 1) * (self.row + self.column)
    }
}

/// Squares of vectors, each put between a matrix and its transpose: `M X Mᵀ`, lane by lane.
pub struct Transform<'a, T, P> {
    /// What the squares are read from, and how they lie in it.
    pub from: (&'a [T], Steps),
    /// Where the results go.
    pub to: (&'a mut [T], Steps),
    /// How many squares there are.
    pub squares: usize,
    /// Where each starts, and where its result does.
    pub places: P,
    /// Lanes of the vectors, which lie side by side.
    pub lanes: usize,
}

impl<T: Real, P: Fn(usize) -> (usize, usize)> Transform<'_, T, P> {
    /// Computes it for filters of so many rows and columns, 3 or 5.
    pub fn run(self, isa: Isa, of: Of, filter: usize) {
        macro_rules! table {
            ($($of:ident $map:ident $matrix:ident: $($filter:literal $from:literal $to:literal)*;)*) => {
                match (of, filter) {
                    $($((Of::$of, $filter) => {
                        let map = PhantomData::<$map<$matrix>>;
                        T::on_vectors(isa, By::<_, _, _, $from, $to> { transform: self, map });
                    })*)*
                    _ => unreachable!("filters of 3x3 and 5x5"),
                }
            };
        }
        table! {
            Images ToPoints Interpolated: 3 6 6  5 8 8;
            Filters ToPoints Scaled: 3 3 6  5 5 8;
            SumGradients ToPoints Powers: 3 4 6  5 4 8;
            Sums FromPoints Powers: 3 6 4  5 8 4;
            FilterGradients FromPoints Scaled: 3 6 3  5 8 5;
        }
    }
}

/// A matrix with a row for each point, known to the compiler so that it spares the zeros.
trait Matrix<const N: usize, const COLUMNS: usize> {
    /// Its elements. Rows of opposite points, which are 2 i + 1 and 2 i + 2, are the same in even columns and opposite in
    /// odd ones.
    const ELEMENTS: [[f64; COLUMNS]; N];
}

/// The powers of the points.
struct Powers;

impl<const N: usize, const COLUMNS: usize> Matrix<N, COLUMNS> for Powers {
    const ELEMENTS: [[f64; COLUMNS]; N] = {
        let mut elements = [[0.0; COLUMNS]; N];
        let mut row = 0;
        while row < N - 1 {
            let (mut column, mut power) = (0, 1.0);
            while column < COLUMNS {
                elements[row][column] = power;
                power *= POINTS[row];
                column += 1;
            }
            row += 1;
        }
        elements[N - 1][COLUMNS - 1] = 1.0;
        elements
    };
}

/// The coefficients of the polynomials that vanish at all points but one.
struct Interpolated;

impl<const N: usize> Matrix<N, N> for Interpolated {
    const ELEMENTS: [[f64; N]; N] = {
        let mut elements = [[0.0; N]; N];
        let mut row = 0;
        while row < N {
            elements[row][0] = 1.0;
            let mut point = 0;
            while point < N - 1 {
                // Times (x - point), from the highest power on.
                let mut power = if point == row { 0 } else { N };
                while power > 0 {
                    power -= 1;
                    let lower = if power > 0 { elements[row][power - 1] } else { 0.0 };
                    elements[row][power] = lower - POINTS[point] * elements[row][power];
                }
                point += 1;
            }
            row += 1;
        }
        elements
    };
}

/// The powers, divided by the value of such a polynomial at its point.
struct Scaled;

impl<const N: usize, const COLUMNS: usize> Matrix<N, COLUMNS> for Scaled {
    const ELEMENTS: [[f64; COLUMNS]; N] = {
        let mut elements = <Powers as Matrix<N, COLUMNS>>::ELEMENTS;
        let polynomials = <Interpolated as Matrix<N, N>>::ELEMENTS;
        let mut row = 0;
        while row < N - 1 {
            let (mut value, mut power) = (0.0, N);
            while power > 0 {
                power -= 1;
                value = value * POINTS[row] + polynomials[row][power];
            }
            let mut column = 0;
            while column < COLUMNS {
                elements[row][column] /= value;
                column += 1;
            }
            row += 1;
        }
        elements
    };
}

/// A linear map of vectors.
trait Map<const FROM: usize, const TO: usize> {
    /// # Safety
    ///
    /// The processor has the vectors' instruction set; so below.
    unsafe fn map<V: Vector<Element: Real>>(from: &[V; FROM]) -> [V; TO];
}

/// The matrix.
struct ToPoints<M>(M);

impl<M: Matrix<TO, FROM>, const FROM: usize, const TO: usize> Map<FROM, TO> for ToPoints<M> {
    #[inline(always)]
    unsafe fn map<V: Vector<Element: Real>>(from: &[V; FROM]) -> [V; TO] {
        // SAFETY: the caller's contract.
        unsafe {
            let mut to = [V::zero(); TO];
            for row in [0, TO - 1] {
                to[row] = combined(from, |column| M::ELEMENTS[row][column]);
            }
            for row in (1..TO - 1).step_by(2) {
                let of = |odd, column: usize| if column % 2 == odd { M::ELEMENTS[row][column] } else { 0.0 };
                let (even, odd) =
                    (combined(from, |column| of(0, column)), combined(from, |column| of(1, column)));
                (to[row], to[row + 1]) = (even.add(odd), minus(even, odd));
            }
            to
        }
    }
}

/// Its transpose.
struct FromPoints<M>(M);

impl<M: Matrix<FROM, TO>, const FROM: usize, const TO: usize> Map<FROM, TO> for FromPoints<M> {
    #[inline(always)]
    unsafe fn map<V: Vector<Element: Real>>(from: &[V; FROM]) -> [V; TO] {
        // SAFETY: the caller's contract.
        unsafe {
            let (mut even, mut odd) = (*from, *from);
            for point in (1..FROM - 1).step_by(2) {
                even[point] = from[point].add(from[point + 1]);
                odd[point] = minus(from[point], from[point + 1]);
            }
            let mut to = [V::zero(); TO];
            for (row, to) in to.iter_mut().enumerate() {
                // The second of each pair is in the sum and in the difference.
                let of = |point: usize| {
                    if point > 0 && point.is_multiple_of(2) { 0.0 } else { M::ELEMENTS[point][row] }
                };
                *to = combined(if row % 2 == 0 { &even } else { &odd }, of);
            }
            to
        }
    }
}

#[inline(always)]
unsafe fn minus<V: Vector<Element: Real>>(a: V, b: V) -> V {
    // SAFETY: the caller's contract.
    unsafe { a.add_product(b, V::splat(V::Element::of(-1.0))) }
}

/// The sum of vectors times factors.
#[inline(always)]
unsafe fn combined<V: Vector<Element: Real>, const N: usize>(
    vectors: &[V; N],
    factor: impl Fn(usize) -> f64,
) -> V {
    // SAFETY: the caller's contract.
    unsafe {
        let mut sum = None;
        for (place, &vector) in vectors.iter().enumerate() {
            let factor = factor(place);
            if factor != 0.0 {
                sum = Some(match sum {
                    None if factor == 1.0 => vector,
                    Some(sum) if factor == 1.0 => V::add(sum, vector),
                    sum => {
                        let factor = V::splat(V::Element::of(factor));
                        V::add_product(sum.unwrap_or(V::zero()), factor, vector)
                    }
                });
            }
        }
        sum.unwrap_or(V::zero())
    }
}

/// A transform with its map.
struct By<'a, M, T, P, const FROM: usize, const TO: usize> {
    transform: Transform<'a, T, P>,
    map: PhantomData<M>,
}

impl<T: Real, P, M, const FROM: usize, const TO: usize> VectorWork<T> for By<'_, M, T, P, FROM, TO>
where
    P: Fn(usize) -> (usize, usize),
    M: Map<FROM, TO>,
{
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Transform { from: (from, read), to: (to, write), squares, places, lanes } = self.transform;
        let whole = lanes - lanes % V::LANES;
        for square in 0..squares {
            let (start, end) = places(square);
            let from = from[start..][..read.reach(FROM) + lanes].as_ptr();
            let to = to[end..][..write.reach(TO) + lanes].as_mut_ptr();
            // SAFETY: the caller's contract; the squares' elements are there, for all lanes.
            unsafe {
                for lane in (0..whole).step_by(V::LANES) {
                    one_square::<M, V, false, FROM, TO>(
                        (from.add(lane), read),
                        (to.add(lane), write),
                        V::LANES,
                    );
                }
                if whole < lanes {
                    let rest = lanes - whole;
                    one_square::<M, V, true, FROM, TO>((from.add(whole), read), (to.add(whole), write), rest);
                }
            }
        }
    }
}

/// # Safety
///
/// The processor has the vectors' instruction set; the elements of both squares are there, for so many lanes: if `MASKED`,
/// or else for a whole vector.
#[inline(always)]
unsafe fn one_square<M, V: Vector<Element: Real>, const MASKED: bool, const FROM: usize, const TO: usize>(
    (from, read): (*const V::Element, Steps),
    (to, write): (*mut V::Element, Steps),
    lanes: usize,
) where
    M: Map<FROM, TO>,
{
    // SAFETY: the caller's contract.
    unsafe {
        let mask = V::mask(lanes);
        let mut half = [[V::zero(); FROM]; TO];
        for column in 0..FROM {
            let mut vectors = [V::zero(); FROM];
            for (row, vector) in vectors.iter_mut().enumerate() {
                let from = from.add(row * read.row + column * read.column);
                *vector = if MASKED { V::load_masked(from, mask) } else { V::load(from) };
            }
            for (half, vector) in half.iter_mut().zip(M::map(&vectors)) {
                half[column] = vector;
            }
        }
        for (row, vectors) in half.iter().enumerate() {
            for (column, vector) in M::map(vectors).into_iter().enumerate() {
                let to = to.add(row * write.row + column * write.column);
                if MASKED { vector.store_masked(to, mask) } else { vector.store(to) }
            }
        }
    }
}
