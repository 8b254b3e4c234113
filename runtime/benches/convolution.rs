//! Speed of convolutions, by each algorithm that is open to a shape, forward and in training.
//!
//! `cargo bench -p layercake --bench convolution -- [GFLOP/s of all cores] [shape] [algorithm]`
//!
//! Each line is a shape, and for each algorithm the GFLOP/s of its forward pass and of a backward pass with both
//! gradients, counted as a direct convolution would need them. Given a shape or an algorithm, it times those whose names contain
//! it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::layers::{Algorithm, Conv2d};
use layercake::parameters::Builder;
use layercake::random::Random;
use layercake::shape::Pad;
use layercake::{Cpu, Shape};

/// What the author's machine can do on its two cores with `f32`: two 512-bit FMA a cycle on each.
const LIMIT: f64 = 426.0;

/// Channels, rows and columns alike, filters, their size, images of a batch.
const SHAPES: &[[usize; 5]] = &[
    [1, 28, 32, 5, 500],
    [32, 12, 32, 5, 500],
    [3, 32, 32, 3, 128],
    [3, 64, 64, 3, 16],
    [3, 32, 64, 5, 32],
    [8, 32, 32, 3, 128],
    [8, 32, 8, 3, 32],
    [32, 32, 8, 3, 32],
    [1, 32, 1, 3, 256],
    [3, 224, 64, 3, 1],
    [16, 32, 16, 3, 128],
    [32, 32, 32, 3, 32],
    [64, 8, 64, 3, 128],
    [64, 16, 64, 3, 32],
    [64, 32, 64, 3, 1],
    [64, 32, 64, 3, 16],
    [64, 64, 64, 3, 4],
    [64, 16, 64, 5, 32],
    [64, 32, 128, 5, 4],
    [128, 16, 128, 3, 1],
    [128, 16, 128, 3, 32],
    [128, 8, 256, 3, 32],
    [256, 8, 256, 3, 1],
    [256, 8, 256, 3, 32],
    [256, 16, 256, 3, 8],
    [256, 8, 256, 5, 16],
    [16, 32, 16, 7, 32],
    [64, 32, 64, 7, 8],
    [16, 32, 16, 9, 32],
    [64, 32, 64, 11, 8],
    [64, 32, 64, 15, 8],
    [16, 64, 16, 31, 4],
];

const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("auto", Algorithm::Auto),
    ("direct", Algorithm::Direct),
    ("gemm", Algorithm::Gemm),
    ("winograd", Algorithm::Winograd),
    ("fft", Algorithm::Fft),
];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").peekable();
    let limit = arguments.next_if(|argument| argument.parse::<f64>().is_ok());
    let limit = limit.map_or(LIMIT, |limit| limit.parse().expect("just parsed"));
    let [shape, algorithm] = [0; 2].map(|_| arguments.next().unwrap_or_default());
    println!("GFLOP/s forward / backward, of a limit of {limit}");
    for &[channels, size, filters, filter_size, batch] in SHAPES {
        let name =
            format!("{channels}x{size}x{size} {filters} of {filter_size}x{filter_size}, batch {batch}");
        if !name.contains(&shape) {
            continue;
        }
        print!("{name:36}");
        let open = |algorithm: &Algorithm| *algorithm != Algorithm::Winograd || [3, 5].contains(&filter_size);
        let wanted = ALGORITHMS.iter().filter(|(name, option)| open(option) && name.contains(&algorithm));
        for &(algorithm, option) in wanted {
            let pad = if filter_size == 3 { Pad::Same } else { Pad::Valid };
            let (num_filters, filter_size) = (filters, [filter_size; 2]);
            let conv = Conv2d { num_filters, filter_size, pad, algorithm: option, ..Conv2d::DEFAULT };
            let [forward, backward] = time(&conv, Shape::new(&[channels, size, size]), batch);
            print!("  {algorithm} {forward:4.0} / {backward:4.0}");
        }
        println!();
    }
}

/// Billions of multiplications and additions a second, forward and backward.
fn time(conv: &Conv2d, input: Shape, batch: usize) -> [f64; 2] {
    let output = conv.output_shape(input);
    let device = Cpu::default();
    let pass = Pass { device: &device, random: Random::new(1) };
    let parameters = conv.parameters::<f32, Cpu>(&[input], Builder::new(&device, 1).layer("conv"));
    let mut gradients = parameters.clone();
    let numbers = |len: usize| (0..len).map(|i| (i * 29 % 23) as f32 - 11.0).collect::<Vec<_>>();
    let (x, g) = (numbers(batch * input.len()), numbers(batch * output.len()));
    let (mut y, mut dx, mut dy) = (vec![0.0; g.len()], vec![0.0; x.len()], g.clone());
    let mut memory = <Conv2d as Compute<f32, Cpu>>::Memory::default();
    let flop = 2.0 * (batch * conv.multiply_adds(&[input], output)) as f64;
    let forward = median(|| {
        let output = SignalMut { shape: output, values: &mut y[..] };
        let x = Signal { shape: input, values: &x[..] };
        Compute::<f32, Cpu>::forward(conv, &pass, &parameters, [x], output);
    });
    // The first layer of a network, of one or three channels, computes no gradient of its input.
    let needed = input.dim(0) > 3;
    let backward = median(|| {
        let signals = Backward {
            inputs: [Signal { shape: input, values: &x[..] }],
            output: Signal { shape: output, values: &y[..] },
            output_gradient: SignalMut { shape: output, values: &mut dy[..] },
            input_gradients: [needed.then_some(SignalMut { shape: input, values: &mut dx[..] })],
        };
        Compute::<f32, Cpu>::backward(conv, &pass, &parameters, &mut gradients, &mut memory, signals);
    });
    let products = if needed { 2.0 } else { 1.0 };
    black_box((&y, &dx, gradients.w.slice()));
    [flop / forward / 1e9, products * flop / backward / 1e9]
}

/// The median time of a call, in seconds.
fn median(mut call: impl FnMut()) -> f64 {
    call();
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < 5 || start.elapsed() < Duration::from_millis(60) && times.len() < 100 {
        let start = Instant::now();
        call();
        times.push(start.elapsed());
    }
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
