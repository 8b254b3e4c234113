//! Recurrent layers against their definitions, step by step and number by number: with gradients that are clipped and
//! sequences that are cut short on the way back, which finite differences cannot check.

use std::ops::Range;

use layercake::prelude::*;
use layercake::{Arrays, Heads};
use layercake_tests::golden::{TOLERANCE, assert_close};
use layercake_tests::training::values;
use ndarray::{Array, Array2, Array3, ArrayD, s};

/// All numbers of a computation, each with the numbers that it is made of and its derivatives with respect to these.
#[derive(Default)]
struct Tape {
    nodes: Vec<Node>,
}

struct Node {
    value: f64,
    of: Vec<(usize, f64)>,
    limit: f64,
}

impl Tape {
    fn push(&mut self, value: f64, of: &[(usize, f64)]) -> usize {
        self.nodes.push(Node { value, of: of.to_vec(), limit: f64::INFINITY });
        self.nodes.len() - 1
    }

    fn value(&self, node: usize) -> f64 {
        self.nodes[node].value
    }

    fn numbers<'a>(&mut self, values: impl IntoIterator<Item = &'a f64>) -> Vec<usize> {
        values.into_iter().map(|&value| self.push(value, &[])).collect()
    }

    fn add(&mut self, a: usize, b: usize) -> usize {
        self.push(self.value(a) + self.value(b), &[(a, 1.0), (b, 1.0)])
    }

    fn multiply(&mut self, a: usize, b: usize) -> usize {
        let (x, y) = (self.value(a), self.value(b));
        self.push(x * y, &[(a, y), (b, x)])
    }

    fn sigmoid(&mut self, a: usize) -> usize {
        let y = 1.0 / (1.0 + (-self.value(a)).exp());
        self.push(y, &[(a, y * (1.0 - y))])
    }

    fn tanh(&mut self, a: usize) -> usize {
        let y = self.value(a).tanh();
        self.push(y, &[(a, 1.0 - y * y)])
    }

    /// The same number, with a gradient that is clipped on its way on.
    fn clip(&mut self, a: usize, limit: f64) -> usize {
        let node = self.push(self.value(a), &[(a, 1.0)]);
        self.nodes[node].limit = limit;
        node
    }

    /// The same number, without a way back.
    fn stop(&mut self, a: usize) -> usize {
        self.push(self.value(a), &[])
    }

    /// A vector times column `column` of a matrix.
    fn dot(&mut self, vector: &[usize], matrix: &[usize], column: usize) -> usize {
        let columns = matrix.len() / vector.len();
        let zero = self.push(0.0, &[]);
        vector.iter().enumerate().fold(zero, |sum, (row, &x)| {
            let product = self.multiply(x, matrix[row * columns + column]);
            self.add(sum, product)
        })
    }

    /// The gradients of a sum of numbers with factors.
    fn gradients(&self, sum: &[(usize, f64)]) -> Vec<f64> {
        let mut gradients = vec![0.0; self.nodes.len()];
        sum.iter().for_each(|&(node, factor)| gradients[node] += factor);
        for (number, node) in self.nodes.iter().enumerate().rev() {
            let gradient = gradients[number].clamp(-node.limit, node.limit);
            node.of.iter().for_each(|&(of, derivative)| gradients[of] += derivative * gradient);
        }
        gradients
    }
}

const BATCH: usize = 3;
const TIME: usize = 6;
const FEATURES: usize = 2;
const UNITS: usize = 4;

/// A step for one item: given the parameters, the features and the states (hidden, cell), the states after it.
type Step = fn(&mut Tape, &[Vec<usize>], &[usize], &[Vec<usize>; 2], f64) -> [Vec<usize>; 2];

fn recurrent(
    tape: &mut Tape,
    p: &[Vec<usize>],
    x: &[usize],
    [h, c]: &[Vec<usize>; 2],
    limit: f64,
) -> [Vec<usize>; 2] {
    let units = (0..UNITS).map(|unit| {
        let (from_x, from_h) = (tape.dot(x, &p[1], unit), tape.dot(h, &p[3], unit));
        let sum = tape.add(from_x, p[2][unit]);
        let sum = tape.add(sum, from_h);
        let sum = tape.clip(sum, limit);
        tape.tanh(sum)
    });
    [units.collect(), c.clone()]
}

fn lstm(
    tape: &mut Tape,
    p: &[Vec<usize>],
    x: &[usize],
    [h, c]: &[Vec<usize>; 2],
    limit: f64,
) -> [Vec<usize>; 2] {
    let (mut hids, mut cells) = (Vec::new(), Vec::new());
    for unit in 0..UNITS {
        let mut gate = |gate: usize| {
            let (from_x, from_h) = (tape.dot(x, &p[3 * gate], unit), tape.dot(h, &p[3 * gate + 1], unit));
            let sum = tape.add(from_x, p[3 * gate + 2][unit]);
            let sum = tape.add(sum, from_h);
            tape.clip(sum, limit)
        };
        let (ingate, forgetgate, new, outgate) = (gate(0), gate(1), gate(2), gate(3));
        let seen = [12, 13].map(|peephole| tape.multiply(c[unit], p[peephole][unit]));
        let ingate = tape.add(ingate, seen[0]);
        let ingate = tape.sigmoid(ingate);
        let forgetgate = tape.add(forgetgate, seen[1]);
        let forgetgate = tape.sigmoid(forgetgate);
        let new = tape.tanh(new);
        let (kept, added) = (tape.multiply(forgetgate, c[unit]), tape.multiply(ingate, new));
        let cell = tape.add(kept, added);
        let seen = tape.multiply(cell, p[14][unit]);
        let outgate = tape.add(outgate, seen);
        let outgate = tape.sigmoid(outgate);
        let shown = tape.tanh(cell);
        hids.push(tape.multiply(outgate, shown));
        cells.push(cell);
    }
    [hids, cells]
}

fn gru(
    tape: &mut Tape,
    p: &[Vec<usize>],
    x: &[usize],
    [h, c]: &[Vec<usize>; 2],
    limit: f64,
) -> [Vec<usize>; 2] {
    let units = (0..UNITS).map(|unit| {
        let [update, reset, new] = [0, 1, 2].map(|gate| {
            let from_x = tape.dot(x, &p[3 * gate], unit);
            let from_x = tape.add(from_x, p[3 * gate + 2][unit]);
            let from_h = tape.dot(h, &p[3 * gate + 1], unit);
            [tape.clip(from_x, limit), tape.clip(from_h, limit)]
        });
        let update = tape.add(update[0], update[1]);
        let update = tape.sigmoid(update);
        let reset = tape.add(reset[0], reset[1]);
        let reset = tape.sigmoid(reset);
        let gated = tape.multiply(reset, new[1]);
        let new = tape.add(new[0], gated);
        let new = tape.clip(new, limit);
        let new = tape.tanh(new);
        let (one, minus) = (tape.push(1.0, &[]), tape.push(-1.0, &[]));
        let rest = tape.multiply(minus, update);
        let rest = tape.add(one, rest);
        let (kept, added) = (tape.multiply(rest, h[unit]), tape.multiply(update, new));
        tape.add(kept, added)
    });
    [units.collect(), c.clone()]
}

/// The options of a case, as the network's text has them.
#[derive(Clone, Copy)]
struct Options {
    grad_clipping: f64,
    gradient_steps: usize,
    backwards: bool,
    mask: bool,
    only_return_final: bool,
}

const PLAIN: Options = Options {
    grad_clipping: f64::INFINITY,
    gradient_steps: TIME,
    backwards: false,
    mask: false,
    only_return_final: false,
};

/// The output, and the gradients with respect to the parameters and to `x`.
struct Results {
    y: Vec<f64>,
    parameters: Vec<Vec<f64>>,
    x: Vec<f64>,
}

/// `starts` are the places of the states before the first step (hidden, cell) among the parameters.
fn reference(
    step: Step,
    starts: [Option<usize>; 2],
    options: Options,
    parameters: &[ArrayD<f64>],
    x: &[f64],
    mask: &[f64],
    dy: &[f64],
) -> Results {
    let mut tape = Tape::default();
    let p: Vec<Vec<usize>> = parameters.iter().map(|parameter| tape.numbers(parameter)).collect();
    let inputs = tape.numbers(x);
    let length = if options.only_return_final { 1 } else { TIME };
    let (mut y, mut sum) = (vec![0.0; BATCH * length * UNITS], Vec::new());
    for item in 0..BATCH {
        let mut states = starts.map(|start| start.map_or(Vec::new(), |start| p[start].clone()));
        for number in 0..TIME {
            // The last steps alone have a way back.
            if number == TIME - options.gradient_steps {
                let stop = options.gradient_steps < TIME;
                states = states.map(|state| {
                    state.into_iter().map(|unit| if stop { tape.stop(unit) } else { unit }).collect()
                });
            }
            let time = if options.backwards { TIME - 1 - number } else { number };
            if mask[item * TIME + time] != 0.0 {
                let x = &inputs[(item * TIME + time) * FEATURES..][..FEATURES];
                states = step(&mut tape, &p, x, &states, options.grad_clipping);
            }
            if options.only_return_final && number + 1 < TIME {
                continue;
            }
            let place = (item * length + if options.only_return_final { 0 } else { time }) * UNITS;
            for unit in 0..UNITS {
                y[place + unit] = tape.value(states[0][unit]);
                if number >= TIME - options.gradient_steps {
                    sum.push((states[0][unit], dy[place + unit]));
                }
            }
        }
    }
    let gradients = tape.gradients(&sum);
    let of = |nodes: &[usize]| nodes.iter().map(|&node| gradients[node]).collect::<Vec<f64>>();
    Results { y, parameters: p.iter().map(|nodes| of(nodes)).collect(), x: of(&inputs) }
}

/// Compares a network to the reference, and the reference to the one without clipping and truncation.
fn check<N>((step, starts): (Step, [Option<usize>; 2]), options: Options, inputs: N::OwnedInputs)
where
    N: Network<Real = f64, Device = Cpu>,
{
    let mut net = N::on(&Cpu::default(), 1);
    let parameters: Vec<ArrayD<f64>> =
        net.parameters().iter().map(|parameter| values(parameter.shape())).collect();
    net.set_parameter_values(&parameters).unwrap();
    let elements = inputs.elements();
    let (x, mask) = elements.split_at(BATCH * TIME * FEATURES);

    let mut training = net.training(1);
    net.forward_training(&mut training, inputs.views()).unwrap();
    let mut upstream = training.outputs.get();
    let mut dy = Vec::new();
    upstream.visit_mut(&mut |elements| {
        elements.copy_from_slice(values(elements.len()).mapv(|value: f64| 2.0 * value).as_slice().unwrap());
        dy.extend_from_slice(elements);
    });
    let reference = |options| reference(step, starts, options, &parameters, x, mask, &dy);
    let expected = reference(options);
    let close = |what: &str, found: &[f64], expected: &[f64]| {
        let (found, expected) = (Array::from(found.to_vec()), Array::from(expected.to_vec()));
        assert_close(what, found.view().into_dyn(), expected.view().into_dyn(), TOLERANCE);
    };
    close("y", &training.outputs.get().elements(), &expected.y);
    training.outputs.set_gradients(&upstream).unwrap();
    let input_gradients = net.backward_to_inputs(&mut training).elements();
    let (of_x, of_mask) = input_gradients.split_at(x.len());
    close("x", of_x, &expected.x);
    assert!(of_mask.iter().all(|&gradient| gradient == 0.0));
    let gradients = training.gradients.parameters().into_iter().zip(&expected.parameters);
    for (gradient, expected) in gradients.filter(|(gradient, _)| gradient.tags().trainable) {
        close(gradient.name(), gradient.slice(), expected);
    }

    let plain = Options { grad_clipping: f64::INFINITY, gradient_steps: TIME, ..options };
    let differs = options.grad_clipping.is_finite() || options.gradient_steps < TIME;
    assert_eq!(reference(plain).x != expected.x, differs, "the options make a difference");
}

/// The sequences and their mask.
fn inputs(options: Options) -> (Array3<f64>, Array2<f64>) {
    let left_out = |value: f64| options.mask && value > 0.3;
    let mask = values((BATCH, TIME)).mapv(|value| if left_out(value) { 0.0 } else { 1.0 });
    (values((BATCH, TIME, FEATURES)), mask)
}

macro_rules! recurrent {
    ($($name:ident: $step:expr, $options:expr; $kind:ident $arguments:tt)*) => {$(
        #[test]
        fn $name() {
            network! {
                struct Net <
                    let x = input(TIME, FEATURES);
                    let marks = input(TIME);
                    x => $kind $arguments
                >
            }
            let options = $options;
            check::<Net<f64>>($step, options, inputs(options));
        }
    )*};
}

const RECURRENT: (Step, [Option<usize>; 2]) = (recurrent, [Some(0), None]);
const LSTM: (Step, [Option<usize>; 2]) = (lstm, [Some(16), Some(15)]);
const GRU: (Step, [Option<usize>; 2]) = (gru, [Some(9), None]);

recurrent! {
    recurrent_plain: RECURRENT, PLAIN; recurrent(UNITS, nonlinearity = tanh, mask = marks, learn_init = true)
    recurrent_clipped: RECURRENT, Options { grad_clipping: 0.4, ..PLAIN };
        recurrent(UNITS, nonlinearity = tanh, mask = marks, learn_init = true, grad_clipping = 0.4)
    recurrent_truncated: RECURRENT, Options { gradient_steps: 2, backwards: true, ..PLAIN };
        recurrent(UNITS, nonlinearity = tanh, mask = marks, learn_init = true, gradient_steps = 2, backwards = true)
    lstm_plain: LSTM, PLAIN; lstm(UNITS, mask = marks, learn_init = true)
    lstm_clipped: LSTM, Options { grad_clipping: 0.1, mask: true, ..PLAIN };
        lstm(UNITS, mask = marks, learn_init = true, grad_clipping = 0.1)
    lstm_truncated: LSTM, Options { gradient_steps: 4, ..PLAIN };
        lstm(UNITS, mask = marks, learn_init = true, gradient_steps = 4)
    lstm_all: LSTM, Options {
        grad_clipping: 0.05, gradient_steps: 1, backwards: true, mask: true, only_return_final: true
    };
        lstm(
            UNITS, mask = marks, only_return_final = true, backwards = true, gradient_steps = 1, grad_clipping = 0.05
        )
    gru_plain: GRU, PLAIN; gru(UNITS, mask = marks, learn_init = true)
    gru_clipped: GRU, Options { grad_clipping: 0.1, backwards: true, mask: true, ..PLAIN };
        gru(UNITS, mask = marks, learn_init = true, grad_clipping = 0.1, backwards = true)
    gru_truncated: GRU, Options { gradient_steps: 5, mask: true, ..PLAIN };
        gru(UNITS, mask = marks, learn_init = true, gradient_steps = 5)
    gru_all: GRU, Options {
        grad_clipping: 0.1, gradient_steps: 3, backwards: true, mask: true, only_return_final: true
    };
        gru(UNITS, mask = marks, only_return_final = true, backwards = true, gradient_steps = 3, grad_clipping = 0.1)
}

/// A batch gives what parts of it give, one after the other: for sequences of `time` steps of 2 features.
macro_rules! a_batch_is_its_items {
    ($($(#[$doc:meta])* $name:ident: $items:literal in $parts:expr, $time:literal, $units:literal, ($($layers:tt)*))*) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            network! {
                struct Net <
                    let x = input($time, 2);
                    let marks = input($time);
                    $($layers)*
                >
            }
            let mut net = Net::<f64>::new(3);
            let x: Array3<f64> = values(($items, $time, 2));
            let mask = values(($items, $time)).mapv(|value: f64| value.max(0.0));
            let dy: Array2<f64> = values(($items, $units));
            let mut gradients_of = |items: Range<usize>| {
                let mut training = net.training(1);
                let (x, mask) = (x.slice(s![items.clone(), .., ..]), mask.slice(s![items.clone(), ..]));
                net.forward_training(&mut training, (x, mask)).unwrap();
                training.outputs.set_gradient(dy.slice(s![items, ..])).unwrap();
                let (of_x, _) = net.backward_to_inputs(&mut training);
                (training.outputs.get(), of_x, training.gradients.parameter_values())
            };
            let (y, of_x, of_parameters) = gradients_of(0..$items);
            let mut sums: Vec<ArrayD<f64>> =
                of_parameters.iter().map(|gradient| ArrayD::zeros(gradient.raw_dim())).collect();
            for items in $parts {
                let (part, of_part, gradients) = gradients_of(items.clone());
                let whole = y.slice(s![items.clone(), ..]);
                assert_close("y", whole.into_dyn(), part.view().into_dyn(), TOLERANCE);
                let whole = of_x.slice(s![items, .., ..]);
                assert_close("x", whole.into_dyn(), of_part.view().into_dyn(), TOLERANCE);
                sums.iter_mut().zip(&gradients).for_each(|(sum, gradient)| *sum += gradient);
            }
            for (found, expected) in of_parameters.iter().zip(&sums) {
                assert_close("a parameter", found.view(), expected.view(), TOLERANCE);
            }
        }
    )*};
}

a_batch_is_its_items! {
    /// Threads share out many items, each of which goes through all steps on one of them; few go step by step.
    a_batch_is_its_items: 900 in [0..5, 5..20, 20..900], 5, 10, (
        let hid = x => lstm(20, mask = marks);
        hid => gru(10, mask = marks) => recurrent(10, nonlinearity = tanh, only_return_final = true)
    )

    /// Threads share each step where the weights are too large for a core's cache.
    a_batch_is_its_items_with_large_weights: 20 in [0..1, 1..20], 2, 300, (
        x => lstm(300, mask = marks, only_return_final = true)
    )
}
