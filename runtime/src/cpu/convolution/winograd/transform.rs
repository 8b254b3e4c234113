//! The transforms of Winograd's convolution: small matrices on both sides of tiles.

use crate::Real;
use crate::cpu::isa::Work;

/// Rows and columns of what a tile computes.
pub const OUTPUT: usize = 4;

/// Rows and columns of a filter.
pub const FILTER: usize = 3;

/// Rows and columns of a tile.
pub const TILE: usize = OUTPUT + FILTER - 1;

/// A matrix, known to the compiler so that it spares the zeros.
pub trait Matrix<const ROWS: usize, const COLUMNS: usize> {
    /// Its elements.
    const ELEMENTS: [[f64; COLUMNS]; ROWS];
}

/// Of the image: the polynomials that vanish at all but one of the points 0, 1, -1, 2, -2 and infinity.
pub struct OfImage;

impl Matrix<TILE, TILE> for OfImage {
    const ELEMENTS: [[f64; TILE]; TILE] = [
        [4.0, 0.0, -5.0, 0.0, 1.0, 0.0],
        [0.0, -4.0, -4.0, 1.0, 1.0, 0.0],
        [0.0, 4.0, -4.0, -1.0, 1.0, 0.0],
        [0.0, -2.0, -1.0, 2.0, 1.0, 0.0],
        [0.0, 2.0, -1.0, -2.0, 1.0, 0.0],
        [0.0, 4.0, 0.0, -5.0, 0.0, 1.0],
    ];
}

/// Of filters: their polynomial's values at the points.
pub struct OfFilters;

impl Matrix<TILE, FILTER> for OfFilters {
    const ELEMENTS: [[f64; FILTER]; TILE] = [
        [1.0 / 4.0, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];
}

/// To sums: the powers of the points.
pub struct ToSums;

impl Matrix<OUTPUT, TILE> for ToSums {
    const ELEMENTS: [[f64; TILE]; OUTPUT] = [
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        [0.0, 1.0, -1.0, 2.0, -2.0, 0.0],
        [0.0, 1.0, 1.0, 4.0, 4.0, 0.0],
        [0.0, 1.0, -1.0, 8.0, -8.0, 1.0],
    ];
}

/// The transpose of another, for gradients.
pub struct Transposed<M>(pub M);

impl<M: Matrix<ROWS, COLUMNS>, const ROWS: usize, const COLUMNS: usize> Matrix<COLUMNS, ROWS>
    for Transposed<M>
{
    const ELEMENTS: [[f64; ROWS]; COLUMNS] = {
        let mut elements = [[0.0; ROWS]; COLUMNS];
        let mut row = 0;
        while row < ROWS {
            let mut column = 0;
            while column < COLUMNS {
                elements[column][row] = M::ELEMENTS[row][column];
                column += 1;
            }
            row += 1;
        }
        elements
    };
}

/// How squares of numbers lie.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// From a row of a square to the next.
    pub row: usize,
    /// From a column to the next.
    pub column: usize,
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

/// The same with the matrix.
pub struct By<'a, M, T, P, const ROWS: usize, const COLUMNS: usize> {
    transform: Transform<'a, T, P>,
    matrix: std::marker::PhantomData<M>,
}

impl<'a, T, P> Transform<'a, T, P> {
    /// With this matrix.
    pub fn by<M: Matrix<ROWS, COLUMNS>, const ROWS: usize, const COLUMNS: usize>(
        self,
        _: M,
    ) -> By<'a, M, T, P, ROWS, COLUMNS> {
        By { transform: self, matrix: std::marker::PhantomData }
    }
}

impl<T: Real, P, M, const ROWS: usize, const COLUMNS: usize> Work for By<'_, M, T, P, ROWS, COLUMNS>
where
    P: Fn(usize) -> (usize, usize),
    M: Matrix<ROWS, COLUMNS>,
{
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Transform { from: (from, read), to: (to, write), squares, places, lanes } = self.transform;
        for square in 0..squares {
            let (start, end) = places(square);
            let mut lane = 0;
            macro_rules! vectors {
                ($($lanes:literal)*) => {$(
                    while lanes - lane >= $lanes {
                        let (from, to) = (&from[start + lane..], &mut to[end + lane..]);
                        one_square::<M, T, $lanes, ROWS, COLUMNS>(from, read, to, write);
                        lane += $lanes;
                    }
                )*};
            }
            vectors!(16 8 4 2 1);
        }
    }
}

#[inline(always)]
fn one_square<M, T: Real, const LANES: usize, const ROWS: usize, const COLUMNS: usize>(
    from: &[T],
    read: Steps,
    to: &mut [T],
    write: Steps,
) where
    M: Matrix<ROWS, COLUMNS>,
{
    let mut half = [[[T::zero(); LANES]; COLUMNS]; ROWS];
    for column in 0..COLUMNS {
        let mut vectors = [[T::zero(); LANES]; COLUMNS];
        for (row, vector) in vectors.iter_mut().enumerate() {
            vector.copy_from_slice(&from[row * read.row + column * read.column..][..LANES]);
        }
        let products = product::<M, T, LANES, ROWS, COLUMNS>(&vectors);
        for row in 0..ROWS {
            half[row][column] = products[row];
        }
    }
    for (row, vectors) in half.iter().enumerate() {
        for (column, vector) in product::<M, T, LANES, ROWS, COLUMNS>(vectors).iter().enumerate() {
            to[row * write.row + column * write.column..][..LANES].copy_from_slice(vector);
        }
    }
}

/// The matrix times a vector, in each lane.
#[expect(
    clippy::needless_range_loop,
    reason = "the constant elements fold only where their places are known"
)]
#[inline(always)]
fn product<M, T: Real, const LANES: usize, const ROWS: usize, const COLUMNS: usize>(
    vectors: &[[T; LANES]; COLUMNS],
) -> [[T; LANES]; ROWS]
where
    M: Matrix<ROWS, COLUMNS>,
{
    let mut products = [[T::zero(); LANES]; ROWS];
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let element = M::ELEMENTS[row][column];
            if element != 0.0 {
                for lane in 0..LANES {
                    products[row][lane] += T::of(element) * vectors[column][lane];
                }
            }
        }
    }
    products
}
