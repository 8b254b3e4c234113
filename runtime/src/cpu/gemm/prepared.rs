//! An operand B that several products share: packed once for all of them.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::blocks::Product;
use super::cuts::{cut, packed_panels};
use super::pack::Panel;
use super::short::MOST_TILES;
use super::{Epilogue, Provider, Threads, gemm_with};
use crate::Real;
use crate::cpu::pieces::{each, write};

/// A B is packed for at least so many products of few rows: to pack it takes as long as two or three of them.
const FEWEST_PRODUCTS: usize = 4;

/// B, of shape (k, n), for several products.
pub struct Prepared<'a, T> {
    provider: Provider,
    b: ArrayView2<'a, T>,
    /// Its panels one after the other, each as wide as the widest; or none, where products read it as it is.
    panels: Option<&'a [T]>,
}

impl<'a, T: Real> Prepared<'a, T> {
    /// The elements that a B of shape (k, n) is packed into for so many products with so many rows; 0 if these read it as
    /// it is: they have few rows and are too few for packing to pay, or they are a BLAS library's.
    pub fn room(products: usize, rows: usize, b: (usize, usize)) -> usize {
        Self::room_with(Provider::chosen(), products, rows, b)
    }

    /// The same for a given provider.
    pub(super) fn room_with(
        provider: Provider,
        products: usize,
        rows: usize,
        (k, n): (usize, usize),
    ) -> usize {
        match provider {
            Provider::BuiltIn(isa) => {
                let kernels = T::kernels(isa);
                let short = products < FEWEST_PRODUCTS && rows <= MOST_TILES * kernels.rows();
                if short { 0 } else { packed_panels(n, kernels) * kernels.columns() * k }
            }
            #[cfg(feature = "blas")]
            Provider::Blas => 0,
        }
    }

    /// Packs `b` into as many elements as there is [room](Self::room) for.
    pub fn new(b: ArrayView2<'a, T>, room: &'a mut [T]) -> Self {
        Self::with(Provider::chosen(), b, room)
    }

    /// The same for a given provider.
    pub(super) fn with(provider: Provider, b: ArrayView2<'a, T>, room: &'a mut [T]) -> Self {
        match provider {
            Provider::BuiltIn(isa) if !room.is_empty() => {
                let (kernels, (k, n)) = (T::kernels(isa), b.dim());
                let (panels, width) = (packed_panels(n, kernels), kernels.columns());
                let strides = [b.strides()[0], b.strides()[1]];
                each(write(room, width * k), |panel, to| {
                    let columns = cut(n, kernels.lanes, panels, panel);
                    let panel = Panel {
                        from: b.slice(ndarray::s![.., columns.clone()]).as_ptr(),
                        k_stride: strides[0],
                        lane_stride: strides[1],
                        depth: k,
                        lanes: columns.len(),
                        to: to.as_mut_ptr(),
                        width,
                    };
                    // SAFETY: the panel is within B, it is not wider than the widest, and `to` has room for it; the
                    // processor has the kernels' instruction set.
                    unsafe { (kernels.pack)(&panel) };
                });
                Prepared { provider, b, panels: Some(room) }
            }
            _ => Prepared { provider, b, panels: None },
        }
    }

    /// The same as [`gemm`](super::gemm) with this B, through whose panels it may go backwards: products that change about
    /// begin with what the one before has left in the caches.
    ///
    /// # Panics
    ///
    /// As [`gemm`](super::gemm).
    pub fn multiply(
        &self,
        threads: Threads,
        a: ArrayView2<T>,
        accumulate: bool,
        c: ArrayViewMut2<T>,
        epilogue: &impl Epilogue<T>,
        backwards: bool,
    ) {
        match (self.panels, self.provider) {
            (Some(panels), Provider::BuiltIn(isa)) if !c.is_empty() => {
                super::check(&a, &self.b, &c);
                let product = Product::new(isa, a, self.b, accumulate, c, epilogue);
                Product { packed_b: Some(panels.as_ptr()), backwards, ..product }.run(threads);
            }
            (_, provider) => gemm_with(provider, threads, a, self.b, accumulate, c, epilogue),
        }
    }
}
