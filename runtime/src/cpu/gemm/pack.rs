//! Copies a panel of an operand into the order in which a kernel reads it.

use super::kernels::Vector;

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

/// Packs a panel with vectors of `LANES` lanes, by the fastest way that its strides allow.
///
/// # Safety
///
/// As for [`PackKernel`](super::kernels::PackKernel).
#[inline(always)]
pub unsafe fn pack<V: Vector, const LANES: usize>(panel: &Panel<V::Element>) {
    // SAFETY: the caller's contract, and the strides that each way of copying asks for.
    unsafe {
        if panel.lane_stride == 1 {
            copy::<V>(panel)
        } else if panel.k_stride == 1 {
            transpose::<V, LANES>(panel)
        } else {
            gather(panel)
        }
    }
}

/// Packs a panel whose lanes lie side by side.
#[inline(always)]
unsafe fn copy<V: Vector>(panel: &Panel<V::Element>) {
    let rest = panel.lanes % V::LANES;
    // SAFETY: the contract of `pack`.
    unsafe {
        let mask = V::mask(rest);
        for k in 0..panel.depth {
            let from = panel.from.offset(k as isize * panel.k_stride);
            let to = panel.to.add(k * panel.width);
            for lane in (0..panel.lanes - rest).step_by(V::LANES) {
                V::load(from.add(lane)).store(to.add(lane));
            }
            if rest > 0 {
                let lane = panel.lanes - rest;
                V::load_masked(from.add(lane), mask).store_masked(to.add(lane), mask);
            }
        }
    }
}

/// Packs a panel whose steps lie side by side: transposes it in blocks of `LANES` by `LANES`.
#[inline(always)]
unsafe fn transpose<V: Vector, const LANES: usize>(panel: &Panel<V::Element>) {
    for lane in (0..panel.lanes).step_by(LANES) {
        let lanes = LANES.min(panel.lanes - lane);
        for k in (0..panel.depth).step_by(LANES) {
            let steps = LANES.min(panel.depth - k);
            // SAFETY: the contract of `pack`.
            unsafe {
                let from = panel.from.offset(k as isize + lane as isize * panel.lane_stride);
                let to = panel.to.add(k * panel.width + lane);
                // A mask of no lanes leaves memory alone: quicker than a branch.
                let mask_below =
                    |index: usize, end: usize, lanes: usize| V::mask(if index < end { lanes } else { 0 });
                let mut block = [V::zero(); LANES];
                for (lane, vector) in block.iter_mut().enumerate() {
                    let from = from.wrapping_offset(lane as isize * panel.lane_stride);
                    *vector = V::load_masked(from, mask_below(lane, lanes, steps));
                }
                // Zipping the first half of the vectors with the second moves the highest bit of a
                // vector's number to the lowest of the lane's: as often as there are bits, and the
                // two numbers have changed places.
                for _ in 0..LANES.ilog2() {
                    let halves = block;
                    for pair in 0..LANES / 2 {
                        (block[2 * pair], block[2 * pair + 1]) = halves[pair].zip(halves[pair + LANES / 2]);
                    }
                }
                for (step, vector) in block.into_iter().enumerate() {
                    let to = to.wrapping_add(step * panel.width);
                    vector.store_masked(to, mask_below(step, steps, lanes));
                }
            }
        }
    }
}

/// Packs a panel of any strides.
#[inline(always)]
unsafe fn gather<T: Copy>(panel: &Panel<T>) {
    for k in 0..panel.depth {
        for lane in 0..panel.lanes {
            let from = k as isize * panel.k_stride + lane as isize * panel.lane_stride;
            // SAFETY: the contract of `pack`.
            unsafe { *panel.to.add(k * panel.width + lane) = *panel.from.offset(from) };
        }
    }
}
