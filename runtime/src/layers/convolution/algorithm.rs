//! By which way a convolution is computed.

use crate::Real;
use crate::cpu::convolution::columns::Columns;
use crate::cpu::convolution::direct::Direct;
use crate::cpu::convolution::winograd::Winograd;
use crate::cpu::convolution::{Method, Product};
use crate::geometry::Windows;

/// How a convolution's products are computed on a processor: sums, the gradient of the input and that of the filters. On
/// CUDA `auto`, `direct` and `gemm` are the same kernels, a matrix product that reads its factors from the images
/// directly; a further one is there alone, `cudnn`, which is a layer of its own: [`Cudnn`](crate::layers::Cudnn).
///
/// All give the same numbers, up to rounding. `auto` decides by the shapes and the batch, from what
/// `cargo bench -p layercake --bench convolution` prints for each of them:
///
/// | convolution | algorithm |
/// | --- | --- |
/// | 3x3 at stride 1 with at least 16 channels and filters, at least 128 tiles of 4x4 sums in the batch | `winograd` |
/// | the gradient of the input where it is no convolution: at a stride, or with more padding than the filter reaches across | `gemm` |
/// | all others, and all that share a stage with max-pooling | `direct` |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// `auto`: as the table says.
    #[default]
    Auto,
    /// `direct`: sums in registers, over images whose channels lie side by side. (The gradient of the input as in the
    /// second row of the table.)
    Direct,
    /// `gemm`: a matrix product with the column matrix, which has a column for what each window covers.
    Gemm,
    /// `winograd`: with a quarter of the multiplications, for conv2d with filters of 3x3 at stride 1 alone. Rounding
    /// errors are some ten times as large. Lavin and Gray, "Fast algorithms for convolutional neural networks" (CVPR
    /// 2016).
    Winograd,
}

/// The method for one product of one group of channels.
pub enum Chosen {
    Direct(Direct),
    Gemm(Columns),
    Winograd(Winograd),
}

/// Fewer tiles in a batch than this do not pay for the transformed filters, of four times the size.
const LEAST_TILES: usize = 128;

/// Nor do transforms of fewer channels or filters than this pay.
const LEAST_CHANNELS: usize = 16;

impl Algorithm {
    /// The method for a product of so many images; `windows` and `filters` are those of one group.
    pub(super) fn choose(
        self,
        product: Product,
        images: usize,
        windows: Windows,
        filters: usize,
        flip: bool,
    ) -> Chosen {
        let direct = Direct::new(windows, filters, flip);
        // The gradient of the input is a convolution only where windows are one element apart.
        let possible = product != Product::InputGradient || direct.reversed().is_some();
        if self == Algorithm::Gemm || !possible {
            return Chosen::Gemm(Columns { windows, filters, flip });
        }
        let pays = |winograd: &Winograd| {
            let channels = windows.channels.min(filters);
            images * winograd.tiles_of_image() >= LEAST_TILES && channels >= LEAST_CHANNELS
        };
        let winograd = match self {
            Algorithm::Winograd => Winograd::new(direct),
            Algorithm::Auto => Winograd::new(direct).filter(pays),
            _ => None,
        };
        winograd.map_or(Chosen::Direct(direct), Chosen::Winograd)
    }
}

impl Chosen {
    /// As what all have in common.
    pub fn method<T: Real>(&self) -> &dyn Method<T> {
        match self {
            Chosen::Direct(direct) => direct,
            Chosen::Gemm(columns) => columns,
            Chosen::Winograd(winograd) => winograd,
        }
    }
}
