//! Matrices turned: rows become columns.

use crate::Real;
use crate::cpu::gemm::kernels::Kernel;
use crate::cpu::gemm::pack::Panel;
use crate::cpu::isa::{Isa, isa};

/// A matrix of which each row starts so many elements after the one before.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// How many.
    pub rows: usize,
    /// Their length.
    pub columns: usize,
    /// From the start of one to the start of the next.
    pub stride: usize,
}

impl Rows {
    /// Elements from the first to the last.
    fn reach(&self) -> usize {
        if self.rows == 0 || self.columns == 0 { 0 } else { (self.rows - 1) * self.stride + self.columns }
    }
}

/// Writes the transpose of `from`, whose rows lie as `lie` says, with rows `stride` apart.
///
/// # Panics
///
/// When an element of either would lie outside its slice, or rows of `to` overlap.
pub fn transpose<T: Real>(lie: Rows, from: &[T], to: &mut [T], stride: usize) {
    transpose_on(isa(), lie, from, to, stride);
}

fn transpose_on<T: Kernel + 'static>(isa: Isa, lie: Rows, from: &[T], to: &mut [T], stride: usize) {
    let turned = Rows { rows: lie.columns, columns: lie.rows, stride };
    assert!(
        lie.reach() <= from.len() && turned.reach() <= to.len() && (lie.rows <= stride || lie.columns <= 1),
        "transpose: {lie:?} of {} elements to {turned:?} of {}",
        from.len(),
        to.len()
    );
    assert!(isa.is_available(), "this processor lacks the instruction set {}", isa.name());
    let panel = Panel {
        from: from.as_ptr(),
        k_stride: 1,
        lane_stride: lie.stride as isize,
        depth: lie.columns,
        lanes: lie.rows,
        to: to.as_mut_ptr(),
        width: stride,
    };
    // SAFETY: as just asserted, the elements read and written are those of the slices, and the processor has the
    // instruction set.
    unsafe { (T::kernels(isa).pack)(&panel) }
}

/// The same for places.
pub fn transpose_places(lie: Rows, from: &[u32], to: &mut [u32], stride: usize) {
    // SAFETY: the elements have the same size and alignment, any bits are a value of either, and a transposition
    // only moves them.
    let from = unsafe { std::slice::from_raw_parts(from.as_ptr().cast::<f32>(), from.len()) };
    // SAFETY: as above.
    let to = unsafe { std::slice::from_raw_parts_mut(to.as_mut_ptr().cast::<f32>(), to.len()) };
    transpose(lie, from, to, stride);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves_each_element<T: Real>() {
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            for (rows, columns) in [(1, 1), (1, 37), (37, 1), (16, 16), (5, 33), (33, 5), (17, 19)] {
                let lie = Rows { rows, columns, stride: columns + 2 };
                let from: Vec<T> = (0..lie.reach()).map(|i| T::of(i as f64)).collect();
                let stride = rows + 1;
                let mut to = vec![T::of(-1.0); (columns - 1) * stride + rows];
                transpose_on(isa, lie, &from, &mut to, stride);
                for (place, &found) in to.iter().enumerate() {
                    let (column, row) = (place / stride, place % stride);
                    let expected = if row < rows { from[row * lie.stride + column] } else { T::of(-1.0) };
                    assert_eq!(found, expected, "{} {rows} {columns}", isa.name());
                }
            }
        }
    }

    #[test]
    fn every_element_is_moved_and_nothing_else_written() {
        moves_each_element::<f32>();
        moves_each_element::<f64>();
    }

    #[test]
    fn places_keep_their_bits() {
        // Among them numbers that are signalling NaNs as floats.
        let from = [0, 1, 0x7f80_0001, 0xff80_0001, u32::MAX, 5];
        let mut to = [0; 6];
        transpose_places(Rows { rows: 2, columns: 3, stride: 3 }, &from, &mut to, 2);
        assert_eq!(to, [0, 0xff80_0001, 1, u32::MAX, 0x7f80_0001, 5]);
    }
}
