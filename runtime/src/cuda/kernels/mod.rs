//! The kernels' texts.

use super::program::{Source, source};

pub(super) static STEP: Source = source!("step.cu");
pub(super) static ELEMENTWISE: Source = source!("elementwise.cu");
pub(super) static NONLINEARITY: Source = source!("nonlinearity.cu", "nonlinearity.cuh");
pub(super) static SOFTMAX: Source = source!("softmax.cu");
pub(super) static DROPOUT: Source = source!("dropout.cu", "nonlinearity.cuh", "axes.cuh", "sharing.cuh");
pub(super) static GEMM: Source = source!("gemm.cu", "nonlinearity.cuh");
pub(super) static CATEGORICAL_CROSSENTROPY: Source = source!("categorical_crossentropy.cu", "objectives.cuh");
pub(super) static MULTICLASS_HINGE_LOSS: Source = source!("multiclass_hinge_loss.cu", "pooling.cuh");
pub(super) static NORMS: Source = source!("norms.cu");
pub(super) static BIASES: Source = source!("biases.cu");
pub(super) static CONVOLUTION: Source = source!(
    "convolution.cu",
    "nonlinearity.cuh",
    "windows.cuh",
    "taps.cuh",
    "pooling.cuh",
    "convolution.cuh"
);
pub(super) static CONVOLUTION_INPUTS: Source =
    source!("convolution_inputs.cu", "nonlinearity.cuh", "windows.cuh", "taps.cuh", "convolution.cuh");
pub(super) static CONVOLUTION_WEIGHTS: Source =
    source!("convolution_weights.cu", "windows.cuh", "taps.cuh", "convolution.cuh");
pub(super) static CORRELATE: Source =
    source!("correlate.cu", "nonlinearity.cuh", "pooling.cuh", "correlate.cuh");
pub(super) static CORRELATE_WEIGHTS: Source = source!("correlate_weights.cu", "correlate.cuh");
pub(super) static ADD_PARTS: Source = source!("add_parts.cu");
pub(super) static POOLING: Source = source!("pooling.cu", "windows.cuh", "pooling.cuh");
pub(super) static LOCALLY_CONNECTED: Source =
    source!("locally_connected.cu", "nonlinearity.cuh", "windows.cuh", "taps.cuh");
pub(super) static GROUPS: Source = source!("groups.cu", "pooling.cuh");
pub(super) static UPSCALE: Source = source!("upscale.cu");
pub(super) static PYRAMID: Source = source!("pyramid.cu", "pooling.cuh");
pub(super) static RESPONSE: Source = source!("local_response_normalization.cu");
pub(super) static SHARED_SUMS: Source = source!("shared_sums.cu", "axes.cuh", "sharing.cuh");
pub(super) static SHARED_PARAMETERS: Source = source!("shared_parameters.cu", "axes.cuh", "sharing.cuh");
pub(super) static BATCH_NORM: Source =
    source!("batch_norm.cu", "nonlinearity.cuh", "axes.cuh", "sharing.cuh");
pub(super) static STRIDED: Source = source!("strided.cu", "axes.cuh");
pub(super) static MERGE: Source = source!("merge.cu", "axes.cuh", "merge.cuh", "pooling.cuh");
pub(super) static COLLECT: Source = source!("collect.cu");
pub(super) static WINNERS: Source = source!("winners.cu");
pub(super) static EMBEDDING: Source = source!("embedding.cu");
pub(super) static GAUSSIAN_NOISE: Source = source!("gaussian_noise.cu", "random.cuh");
pub(super) static RRELU: Source = source!("rrelu.cu", "random.cuh", "axes.cuh", "sharing.cuh");
pub(super) static STANDARDIZATION: Source = source!("standardization.cu", "axes.cuh", "sharing.cuh");
pub(super) static DIFFERENCES: Source = source!("differences.cu");
pub(super) static SEQUENCES: Source = source!("sequences.cu");
pub(super) static RECURRENT: Source = source!("recurrent.cu", "nonlinearity.cuh", "gates.cuh");
pub(super) static LSTM: Source = source!("lstm.cu", "nonlinearity.cuh", "gates.cuh");
pub(super) static GRU: Source = source!("gru.cu", "nonlinearity.cuh", "gates.cuh");
pub(super) static SAMPLE: Source = source!("sample.cu");
pub(super) static FINISH: Source = source!("finish.cu", "nonlinearity.cuh");
