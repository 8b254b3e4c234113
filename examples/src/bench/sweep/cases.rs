//! The layers and sizes that the sweep goes through.

use layercake::layer::Compute;
use layercake::layers::{
    BatchNorm, Conv2d, Dense, GlobalPool, Gru, LocalResponseNormalization2d, Lstm, MaxPool2d,
    NonlinearityLayer, Pool2d, PoolMode, Recurrent, Standardization,
};
use layercake::nonlinearities::{elu, leaky_relu, relu, sigmoid, softmax, softplus, tanh};
use layercake::shape::Pad;
use layercake::{Cpu, Shape};
use serde_json::{Value, json};

use super::alone::{Alone, Passes};

/// A layer at one size.
pub struct Case {
    /// The kind of layer.
    pub layer: &'static str,
    /// Its size.
    pub size: String,
    /// The same as `sweep.py` takes it.
    pub peer: Value,
    make: Box<dyn Fn() -> Box<dyn Passes>>,
}

impl Case {
    fn new<L: Compute<f32, Cpu>>(
        name: &'static str,
        size: String,
        batch: usize,
        layer: L,
        shapes: [Shape; 2],
        mut peer: Value,
    ) -> Self {
        peer["layer"] = name.into();
        peer["shape"] = [&[batch], shapes[0].dims()].concat().into();
        let make = move || -> Box<dyn Passes> { Box::new(Alone::new(layer, shapes, batch)) };
        Case { layer: name, size, peer, make: Box::new(make) }
    }

    /// Its layer, with values.
    pub fn make(&self) -> Box<dyn Passes> {
        (self.make)()
    }
}

/// Steps of the recurrent layers.
const STEPS: usize = 100;

/// All cases, or a few of each kind of layer.
pub fn cases(quick: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    dense(quick, &mut cases);
    convolutions(quick, &mut cases);
    recurrent(quick, &mut cases);
    normalizations(quick, &mut cases);
    pools(&mut cases);
    nonlinearities(&mut cases);
    cases
}

/// As many units as inputs.
fn dense(quick: bool, cases: &mut Vec<Case>) {
    let few: (&[usize], &[usize]) = (&[64, 512, 4096], &[1, 32, 512]);
    let all: (&[usize], &[usize]) =
        (&[64, 128, 256, 512, 1024, 2048, 4096], &[1, 4, 16, 64, 256, 1024, 4096]);
    let (all_units, batches) = if quick { few } else { all };
    for &units in all_units {
        for &batch in batches {
            let layer = Dense { num_units: units, nonlinearity: relu(), ..Dense::DEFAULT };
            let input = Shape::new(&[units]);
            let peer = json!({"inputs": units, "units": units});
            let size = format!("{units} units, batch {batch}");
            cases.push(Case::new("dense", size, batch, layer, [input, layer.output_shape(input)], peer));
        }
    }
}

/// As many filters as channels, but for the first layer of a network; images of 28x28.
fn convolutions(quick: bool, cases: &mut Vec<Case>) {
    let all: &[(usize, usize)] = &[(3, 32), (16, 16), (32, 32), (64, 64), (128, 128), (256, 256)];
    let few = &[all[0], all[3]];
    let batches: &[usize] = if quick { &[32] } else { &[1, 32] };
    for size in [3, 5] {
        for &(channels, filters) in if quick { few } else { all } {
            for &batch in batches {
                let layer = Conv2d {
                    num_filters: filters,
                    filter_size: [size, size],
                    pad: Pad::Same,
                    nonlinearity: relu(),
                    ..Conv2d::DEFAULT
                };
                let input = Shape::new(&[channels, 28, 28]);
                let peer = json!({"channels": channels, "filters": filters, "size": size});
                let size = format!("{size}x{size}, {channels} to {filters} channels, batch {batch}");
                cases.push(Case::new("conv2d", size, batch, layer, [input, layer.output_shape(input)], peer));
            }
        }
    }
}

/// As many units as inputs; without peepholes, which PyTorch does not have.
fn recurrent(quick: bool, cases: &mut Vec<Case>) {
    let all_units: &[usize] = if quick { &[128, 512] } else { &[128, 256, 512] };
    let batches: &[usize] = if quick { &[32] } else { &[1, 32, 128] };
    for &units in all_units {
        for &batch in batches {
            let input = Shape::new(&[STEPS, units]);
            let peer = json!({"inputs": units, "units": units});
            let size = || format!("{units} units, {STEPS} steps, batch {batch}");
            let layer = Recurrent { num_units: units, ..Recurrent::DEFAULT };
            let shapes = [input, layer.output_shape(&[input])];
            cases.push(Case::new("recurrent", size(), batch, layer, shapes, peer.clone()));
            let layer = Lstm { num_units: units, peepholes: false, ..Lstm::DEFAULT };
            cases.push(Case::new("lstm", size(), batch, layer, shapes, peer.clone()));
            let layer = Gru { num_units: units, ..Gru::DEFAULT };
            cases.push(Case::new("gru", size(), batch, layer, shapes, peer));
        }
    }
}

/// Images and vectors.
fn normalizations(quick: bool, cases: &mut Vec<Case>) {
    let all: &[(&[usize], usize)] = &[(&[64, 28, 28], 32), (&[512], 512), (&[256, 7, 7], 32), (&[64], 64)];
    for &(dims, batch) in if quick { &all[..2] } else { all } {
        let shape = Shape::new(dims);
        let size = || format!("{shape}, batch {batch}");
        cases.push(Case::new("batch_norm", size(), batch, BatchNorm::DEFAULT, [shape; 2], json!({})));
    }
    let shape = Shape::new(&[512]);
    let size = format!("{shape}, batch 512");
    cases.push(Case::new("layer_norm", size, 512, Standardization::LAYER_NORM, [shape; 2], json!({})));
    let layer = LocalResponseNormalization2d::DEFAULT;
    let shape = Shape::new(&[64, 28, 28]);
    let size = format!("{shape}, batch 32");
    cases.push(Case::new("local_response_normalization2d", size, 32, layer, [shape; 2], json!({})));
}

/// Images of 64 channels, 32 at once: a window of 2x2 side by side, and one of 3x3 that overlap.
fn pools(cases: &mut Vec<Case>) {
    let input = Shape::new(&[64, 28, 28]);
    for (size, stride) in [(2, 2), (3, 2)] {
        let peer = json!({"size": size, "stride": stride});
        let text = || format!("{size}x{size}, stride {stride}, {input}, batch 32");
        let layer = MaxPool2d { pool_size: [size; 2], stride: Some([stride; 2]), ..MaxPool2d::DEFAULT };
        let shapes = [input, layer.output_shape(input)];
        cases.push(Case::new("max_pool2d", text(), 32, layer, shapes, peer.clone()));
        let mode = PoolMode::AverageExcPad;
        let layer = Pool2d { pool_size: [size; 2], stride: Some([stride; 2]), mode, ..Pool2d::DEFAULT };
        cases.push(Case::new("average_pool2d", text(), 32, layer, shapes, peer));
    }
    let layer = GlobalPool::DEFAULT;
    let shapes = [input, layer.output_shape(input)];
    cases.push(Case::new("global_pool", format!("{input}, batch 32"), 32, layer, shapes, json!({})));
}

/// Vectors of 1024, 512 at once.
fn nonlinearities(cases: &mut Vec<Case>) {
    let shape = Shape::new(&[1024]);
    for (name, nonlinearity) in [
        ("relu", relu()),
        ("leaky_relu", leaky_relu(0.01)),
        ("sigmoid", sigmoid()),
        ("tanh", tanh()),
        ("elu", elu()),
        ("softplus", softplus()),
        ("softmax", softmax()),
    ] {
        let layer = NonlinearityLayer { nonlinearity };
        cases.push(Case::new(name, format!("{shape}, batch 512"), 512, layer, [shape; 2], json!({})));
    }
}
