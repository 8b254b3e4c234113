//! By which way a convolution is computed.

use crate::Real;
use crate::cpu::convolution::columns::Columns;
use crate::cpu::convolution::direct::Direct;
use crate::cpu::convolution::fft::Fft;
use crate::cpu::convolution::planes::Planes;
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
/// | 3x3 or 5x5 at stride 1 with at least 16 channels and filters, at least 16 tiles of 4x4 sums in the batch | `winograd` |
/// | others at stride 1 with large filters, from about 7x7 on with several images and 16 channels: where counted operations are fewer, transforms included | `fft` |
/// | sums of at most 32 products, of at least 16 filters, at a stride or on narrow images | `gemm` |
/// | the gradient of the input where it is no convolution: at a stride, or with more padding than the filter reaches across | `gemm` |
/// | all others | `direct` |
///
/// What shares a stage with max-pooling is `winograd` forward where this says so, and else `direct`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// `auto`: as the table says.
    #[default]
    Auto,
    /// `direct`: sums in registers, over images whose channels lie side by side, or over their planes as they lie where
    /// channels or filters are few. (The gradient of the input by `gemm` where it is no convolution.)
    Direct,
    /// `gemm`: a matrix product with the column matrix, which has a column for what each window covers.
    Gemm,
    /// `winograd`: with a quarter of the multiplications, or a sixth, for conv2d with filters of 3x3 or 5x5 at stride 1
    /// alone. Rounding errors are some ten times as large. Lavin and Gray, "Fast algorithms for convolutional neural networks" (CVPR
    /// 2016).
    Winograd,
    /// `fft`: as products of spectra, at stride 1 alone; the cost hardly depends on the filter's size. Mathieu, Henaff and
    /// LeCun, "Fast training of convolutional networks through FFTs" (ICLR 2014).
    Fft,
}

/// The method for one product of one group of channels.
pub enum Chosen {
    Direct(Direct),
    Planes(Planes),
    Gemm(Columns),
    Winograd(Winograd),
    Fft(Fft),
}

/// Fewer tiles in a batch than this do not pay for the transformed filters, of several times the size.
const LEAST_TILES: usize = 16;

/// Nor do transforms of fewer channels or filters than this pay.
const LEAST_CHANNELS: usize = 16;

/// Sums of so few products take less time as a product of matrices: a tile of the direct convolution takes as long to
/// begin and to end.
const MOST_TAPS: usize = 32;

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
        let (winograd, fft) = (Winograd::new(direct).filter(|_| possible), Fft::new(direct));
        let many_tiles = |winograd: &Winograd| {
            let channels = windows.channels.min(filters);
            images * winograd.tiles_of_image() >= LEAST_TILES && channels >= LEAST_CHANNELS
        };
        let planes = Planes::new(direct).filter(|planes| possible && planes.is_worth_it(product));
        let planes = planes.map(Chosen::Planes);
        let direct = possible.then_some(Chosen::Direct(direct));
        let chosen = match self {
            Algorithm::Auto => {
                let fft = fft.filter(|fft| fft.is_worth_it(product, images)).map(Chosen::Fft);
                let short =
                    product == Product::Sums && windows.taps() <= MOST_TAPS && filters >= LEAST_CHANNELS;
                let winograd = winograd.filter(many_tiles).map(Chosen::Winograd);
                winograd.or(fft).or(planes).or(direct.filter(|_| !short))
            }
            Algorithm::Direct => planes.or(direct),
            Algorithm::Gemm => None,
            Algorithm::Winograd => winograd.map(Chosen::Winograd).or(direct),
            Algorithm::Fft => fft.map(Chosen::Fft).or(direct),
        };
        chosen.unwrap_or(Chosen::Gemm(Columns { windows, filters, flip }))
    }
}

impl Chosen {
    /// As what all have in common.
    pub fn method<T: Real>(&self) -> &dyn Method<T> {
        match self {
            Chosen::Direct(direct) => direct,
            Chosen::Planes(planes) => planes,
            Chosen::Gemm(columns) => columns,
            Chosen::Winograd(winograd) => winograd,
            Chosen::Fft(fft) => fft,
        }
    }
}
