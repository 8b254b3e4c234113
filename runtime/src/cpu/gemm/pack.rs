//! Copies a panel of an operand into the order in which a kernel reads it.

use crate::cpu::isa::Work;

/// A panel: `depth` steps of k, `lanes` values for each.
///
/// Packed, the values of a step lie side by side, the next step's `width` elements further on.
/// Both operands are packed in this way: for A the lanes are rows, for B columns.
pub struct Panel<T> {
    pub from: *const T,
    pub k_stride: isize,
    pub lane_stride: isize,
    pub depth: usize,
    pub lanes: usize,
    pub to: *mut T,
    pub width: usize,
}

/// The side of the square blocks in which a panel is transposed: a cache line of `f32`.
const BLOCK: usize = 16;

impl<T: Copy + Default> Panel<T> {
    /// Packs the panel.
    ///
    /// # Safety
    ///
    /// Every element that the strides name can be read, and `depth * width` elements from `to` on,
    /// which do not overlap them, can be written; `lanes <= width`.
    pub unsafe fn pack(self, isa: crate::cpu::isa::Isa) {
        // SAFETY: the caller's contract is the work's.
        isa.run(unsafe { Packing::new(self) })
    }

    #[inline(always)]
    unsafe fn copy_rows(&self) {
        for k in 0..self.depth {
            // SAFETY: the contract of `pack`.
            unsafe {
                let from = self.from.offset(k as isize * self.k_stride);
                let to = self.to.add(k * self.width);
                // A constant length becomes a few vector moves instead of a call.
                match self.lanes {
                    32 => to.copy_from_nonoverlapping(from, 32),
                    16 => to.copy_from_nonoverlapping(from, 16),
                    14 => to.copy_from_nonoverlapping(from, 14),
                    8 => to.copy_from_nonoverlapping(from, 8),
                    lanes => {
                        for lane in 0..lanes {
                            *to.add(lane) = *from.add(lane);
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn transpose(&self) {
        for k in (0..self.depth).step_by(BLOCK) {
            let steps = BLOCK.min(self.depth - k);
            for lane in (0..self.lanes).step_by(BLOCK) {
                let lanes = BLOCK.min(self.lanes - lane);
                // SAFETY: the contract of `pack`.
                unsafe {
                    let from = self.from.offset(k as isize + lane as isize * self.lane_stride);
                    let to = self.to.add(k * self.width + lane);
                    for l in 0..lanes {
                        for p in 0..steps {
                            *to.add(p * self.width + l) =
                                *from.offset(p as isize + l as isize * self.lane_stride);
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn gather(&self) {
        for k in 0..self.depth {
            for lane in 0..self.lanes {
                let from = k as isize * self.k_stride + lane as isize * self.lane_stride;
                // SAFETY: the contract of `pack`.
                unsafe { *self.to.add(k * self.width + lane) = *self.from.offset(from) };
            }
        }
    }
}

/// A panel whose owner vouched for its pointers.
struct Packing<T>(Panel<T>);

impl<T> Packing<T> {
    /// # Safety
    ///
    /// As for [`Panel::pack`].
    unsafe fn new(panel: Panel<T>) -> Packing<T> {
        Packing(panel)
    }
}

impl<T: Copy + Default> Work for Packing<T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let panel = self.0;
        debug_assert!(panel.lanes <= panel.width);
        // SAFETY: `new`'s contract, and the strides that each way of copying asks for.
        unsafe {
            if panel.lane_stride == 1 {
                panel.copy_rows()
            } else if panel.k_stride == 1 {
                panel.transpose()
            } else {
                panel.gather()
            }
        }
    }
}
