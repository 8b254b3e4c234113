//! Recurrent layers of one's own: any layers from the input to the hidden state, and from the hidden state to the
//! next.

use super::cell::Clip;
use super::layout::{cut, steps_to_time, time_to_steps};
use super::scan::{Scan, num_inputs};
use super::start::{Start, StartGradient, start_parameter};
use super::steps::is_masked;
use crate::cpu::rows::{self, Rows};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::init::{Init, InitOrInput};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::layers::chain::Inner;
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Parameter, Parameters, add_gradients};
use crate::shape::{ParameterShapes, Sequence};
use crate::{Real, Shape, shape};

/// `custom_recurrent(input_to_hidden = { layers }, hidden_to_hidden = { layers }, nonlinearity = rectify,
/// hid_init = constant(0), backwards = false, learn_init = false, gradient_steps = -1, grad_clipping = 0, mask = ...,
/// only_return_final = false)`: a recurrent layer made of two chains of layers, from a sequence (time, features...) to
/// its hidden states (time, state...), or to the last one (state...).
///
/// ```text
/// h = nonlinearity(input_to_hidden(x) + hidden_to_hidden(h'))
/// ```
///
/// where h' is the state after the step before. A recurrence of images:
///
/// ```
/// use layercake::prelude::*;
///
/// let net = network!(<
///     input(6, 1, 8, 8)
///     => custom_recurrent(
///         input_to_hidden = { conv2d(4, 3, linear, pad = same) },
///         hidden_to_hidden = { conv2d(4, 3, linear, pad = same, b = none) },
///         nonlinearity = tanh
///     )
/// >);
/// assert_eq!(net.custom_recurrent1.hidden_to_hidden.w.shape(), [4, 4, 3, 3]);
/// ```
///
/// The chains are of layers with one input; these have no labels, as their parameters are those of the chain:
/// `input_to_hidden.w` of a single layer, and of several
/// [`input_to_hidden.first.w`, `input_to_hidden.rest.w`](crate::layers::ChainParameters). Both chains end with the shape
/// of the hidden state, which is also the input of `hidden_to_hidden`.
///
/// The inputs of all steps go through `input_to_hidden` at once, as one batch. A layer of `hidden_to_hidden` that drops
/// values or takes means over the batch does so anew in each step; in inference it drops nothing and uses running
/// averages, like everywhere else.
///
/// With `share = name` the layer has the chains and the parameters of another one, and its own options: both directions of
/// a sequence, for example, by `backwards = true`. The braces are then left out.
#[derive(Clone, Copy, Debug)]
pub struct CustomRecurrent<I = (), H = ()> {
    /// From the input of a step (features...) to the hidden state.
    pub input_to_hidden: I,
    /// From the hidden state to the next.
    pub hidden_to_hidden: H,
    /// Applied to the sums; softmax is taken over the last axis. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// The hidden state before the first step: an init, or a name of values (state...). Default 0.
    pub hid_init: InitOrInput,
    /// Whether the sequence is gone through from its end; outputs stay where their inputs are. Default false.
    pub backwards: bool,
    /// Whether the state before the first step is learned, where it is no name. Default false.
    pub learn_init: bool,
    /// Gradients come from the last so many steps alone, as in a truncated scan of Theano. Default -1: from all.
    pub gradient_steps: Option<usize>,
    /// The gradients with respect to the sums are clipped to plus and minus this at every step. Default 0: not at all.
    pub grad_clipping: f64,
    /// A name of values (time): where they are 0, the state stays as it is. Default: no step is left out.
    pub mask: Option<usize>,
    /// Whether the output is the hidden state after the last step alone (with `backwards`, after the first in time).
    /// Default false.
    pub only_return_final: bool,
}

impl CustomRecurrent {
    /// What the text need not say.
    pub const DEFAULT: Self = CustomRecurrent {
        input_to_hidden: (),
        hidden_to_hidden: (),
        nonlinearity: relu(),
        hid_init: InitOrInput::Init(Init::Constant(0.0)),
        backwards: false,
        learn_init: false,
        gradient_steps: None,
        grad_clipping: 0.0,
        mask: None,
        only_return_final: false,
    };

    /// The same with its chains.
    pub const fn with_chains<I: Copy, H: Copy>(
        self,
        input_to_hidden: I,
        hidden_to_hidden: H,
    ) -> CustomRecurrent<I, H> {
        CustomRecurrent {
            input_to_hidden,
            hidden_to_hidden,
            nonlinearity: self.nonlinearity,
            hid_init: self.hid_init,
            backwards: self.backwards,
            learn_init: self.learn_init,
            gradient_steps: self.gradient_steps,
            grad_clipping: self.grad_clipping,
            mask: self.mask,
            only_return_final: self.only_return_final,
        }
    }
}

impl<I, H> CustomRecurrent<I, H> {
    /// The input of the first chain: see [`shape::step`].
    #[track_caller]
    pub const fn step(&self, inputs: &[Shape]) -> Shape {
        shape::step("custom_recurrent", inputs[0])
    }

    /// See [`shape::custom_recurrent`]; `chains` are the outputs of the two.
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape], chains: [Shape; 2]) -> Shape {
        shape::custom_recurrent(inputs, chains, self.sequence(chains[1]))
    }

    /// What the shapes of its parameters follow from in a layer that shares those of another, whose chains it has.
    pub const fn parameter_shapes(&self, inputs: &[Shape]) -> ParameterShapes {
        let shapes = ParameterShapes::new().with("step of the input", self.step(inputs).dims());
        match self.hid_init {
            InitOrInput::Init(_) => shapes.with("hid_init", &[]),
            InitOrInput::Input(_) => shapes,
        }
    }

    const fn sequence(&self, state: Shape) -> Sequence {
        Sequence {
            num_units: state.len(),
            backwards: self.backwards,
            only_return_final: self.only_return_final,
            mask: self.mask,
            hid_init: self.hid_init,
            cell_init: None,
            gradient_steps: self.gradient_steps,
            grad_clipping: self.grad_clipping,
        }
    }
}

/// The parameters of [`CustomRecurrent`].
#[derive(Clone, Debug, Parameters)]
pub struct CustomRecurrentParameters<T: Real, D: Device, I, H> {
    /// The hidden state before the first step (1, state...); empty if that is an input.
    pub hid_init: Parameter<T, D>,
    /// Those of the chain from the input.
    pub input_to_hidden: I,
    /// Those of the chain from the hidden state.
    pub hidden_to_hidden: H,
}

impl<I: Inner, H: Inner> Layer for CustomRecurrent<I, H> {
    type Parameters<T: Real, D: Device> =
        CustomRecurrentParameters<T, D, I::Parameters<T, D>, H::Parameters<T, D>>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> Self::Parameters<T, D> {
        let (step, state) = (self.step(inputs), self.state(inputs[0]));
        CustomRecurrentParameters {
            hid_init: start_parameter("hid_init", self.hid_init, state, self.learn_init, builder),
            input_to_hidden: builder
                .part("input_to_hidden", |builder| self.input_to_hidden.parameters(&[step], builder)),
            hidden_to_hidden: builder
                .part("hidden_to_hidden", |builder| self.hidden_to_hidden.parameters(&[state], builder)),
        }
    }

    fn input_size(&self) -> Option<usize> {
        self.input_to_hidden.input_size()
    }

    fn multiply_adds(&self, inputs: &[Shape], _: Shape) -> usize {
        let (step, state) = (self.step(inputs), self.state(inputs[0]));
        let from_input = self.input_to_hidden.multiply_adds(&[step], state);
        inputs[0].dim(0) * (from_input + self.hidden_to_hidden.multiply_adds(&[state], state))
    }
}

/// What a [`CustomRecurrent`] keeps of its forward pass for the backward pass.
pub struct CustomRecurrentMemory<T: Real, D: Device, I: Compute<T, D>, H: Compute<T, D>> {
    pub(in crate::layers) values: D::Buffer<T>,
    pub(in crate::layers) of_input: I::Memory,
    /// Of each step.
    pub(in crate::layers) of_hidden: Vec<H::Memory>,
    /// One step's contribution to the gradients of the chain from the hidden state.
    pub(in crate::layers) contribution: Option<H::Parameters<T, D>>,
}

impl<T: Real, D: Device, I: Compute<T, D>, H: Compute<T, D>> Default for CustomRecurrentMemory<T, D, I, H> {
    fn default() -> Self {
        CustomRecurrentMemory {
            values: D::Buffer::default(),
            of_input: I::Memory::default(),
            of_hidden: Vec::new(),
            contribution: None,
        }
    }
}

/// The lengths of a call, whose values lie as (step, batch, state...).
pub(in crate::layers) struct Call {
    pub scan: Scan,
    pub batch: usize,
    /// The input of a step.
    pub step: Shape,
    pub state: Shape,
}

impl Call {
    /// Of inputs, mask, both shares of the sums, these, and hidden states.
    pub fn forward_lengths(&self) -> [usize; 6] {
        let (time, states) = (self.scan.time(), self.batch * self.state.len());
        let mask = if self.scan.sequence.mask.is_some() { time * self.batch } else { 0 };
        let all = time * states;
        [time * self.batch * self.step.len(), mask, all, all, all, all + states]
    }

    /// Of a step's gradients: of the state after it, the sums, and what comes from them to the state before.
    pub fn backward_lengths(&self) -> [usize; 3] {
        [self.batch * self.state.len(); 3]
    }

    fn lengths(&self) -> [usize; 2] {
        [self.forward_lengths().iter().sum(), self.backward_lengths().iter().sum()]
    }

    /// The elements over which softmax is taken.
    pub fn row(&self) -> usize {
        self.state.dims().last().copied().unwrap_or(1)
    }
}

impl<I: Inner, H: Inner> CustomRecurrent<I, H> {
    /// The shape of the hidden state.
    fn state(&self, input: Shape) -> Shape {
        self.input_to_hidden.shape_after(self.step(&[input]))
    }

    pub(in crate::layers) fn call(&self, input: Shape, batch: usize) -> Call {
        let state = self.state(input);
        Call { scan: Scan { input, sequence: self.sequence(state) }, batch, step: self.step(&[input]), state }
    }

    /// The forward pass in `buffer`. The chains are functions, as they differ between training and inference; that
    /// from the hidden state is given the number of its step.
    #[expect(clippy::too_many_arguments, reason = "called from two places next to it")]
    fn scan<T: Real, const N: usize>(
        &self,
        call: &Call,
        start: Start<'_, T>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
        buffer: &mut [T],
        input_to_hidden: impl FnOnce(Signal<'_, T>, SignalMut<'_, T>),
        mut hidden_to_hidden: impl FnMut(usize, Signal<'_, T>, SignalMut<'_, T>),
    ) {
        let (scan, batch, shape, len) = (call.scan, call.batch, call.state, call.state.len());
        let [x, mask, from_input, from_hidden, sums, hids] = cut(buffer, call.forward_lengths());
        let backwards = scan.sequence.backwards;
        time_to_steps(inputs[0].values, num_inputs(scan.input), scan.input.len(), backwards, x);
        if let Some(place) = scan.sequence.mask {
            time_to_steps(inputs[place].values, 1, scan.time(), backwards, mask);
        }
        let of_steps = Signal { shape: call.step, values: &*x };
        input_to_hidden(of_steps, SignalMut { shape, values: &mut *from_input });
        let states = batch * len;
        start.write(&inputs, &mut hids[..states]);

        let (piece, item_len) = (rows::piece(batch, len), y.shape.len());
        for step in 0..scan.time() {
            let of_step = step * states..(step + 1) * states;
            let (before, after) = hids[of_step.start..].split_at_mut(states);
            let (before, from_hidden) = (&*before, &mut from_hidden[of_step.clone()]);
            let to_state = SignalMut { shape, values: &mut *from_hidden };
            hidden_to_hidden(step, Signal { shape, values: before }, to_state);
            let (from_input, from_hidden) = (&from_input[of_step.clone()], &*from_hidden);
            let (mask, output) = (&mask[scan.step_of_mask(step, batch)], scan.output_of(step));
            let matrices = [
                Rows::new(&mut sums[of_step], len),
                Rows::new(after, len),
                Rows::new(&mut *y.values, item_len),
            ];
            rows::for_each(
                batch,
                piece,
                matrices,
                Rows::new(&mut [], 0),
                &|item: usize, [sums, hid, y]: [&mut [T]; 3], _: &mut [T]| {
                    let of_item = item * len..(item + 1) * len;
                    if is_masked(mask, item) {
                        hid.copy_from_slice(&before[of_item]);
                    } else {
                        let terms = from_input[of_item.clone()].iter().zip(&from_hidden[of_item]);
                        sums.iter_mut().zip(terms).for_each(|(sum, (&a, &b))| *sum = a + b);
                        hid.copy_from_slice(sums);
                        self.nonlinearity.apply(call.row(), hid);
                    }
                    if let Some(output) = output.clone() {
                        y[output].copy_from_slice(hid);
                    }
                },
            );
        }
    }
}

impl<T, I, H, const N: usize> Compute<T, Cpu, N> for CustomRecurrent<I, H>
where
    T: Real,
    I: Compute<T, Cpu> + Inner,
    H: Compute<T, Cpu> + Inner,
{
    type Memory = CustomRecurrentMemory<T, Cpu, I, H>;

    fn forward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &Self::Parameters<T, Cpu>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
    ) {
        let call = self.call(inputs[0].shape, y.values.len() / y.shape.len());
        let start = Start::of(self.hid_init, &parameters.hid_init);
        let [len, _] = call.lengths();
        scratch::with(len, |buffer| {
            self.scan(
                &call,
                start,
                inputs,
                y,
                buffer,
                |x, y| self.input_to_hidden.forward(pass, &parameters.input_to_hidden, [x], y),
                |_, x, y| self.hidden_to_hidden.forward(pass, &parameters.hidden_to_hidden, [x], y),
            );
        });
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &mut Self::Parameters<T, Cpu>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
        memory: &mut Self::Memory,
    ) {
        let call = self.call(inputs[0].shape, y.values.len() / y.shape.len());
        let [forward, backward] = call.lengths();
        pass.device.reserve(&mut memory.values, forward + backward);
        if memory.of_hidden.len() < call.scan.time() {
            memory.of_hidden.resize_with(call.scan.time(), H::Memory::default);
        }
        let CustomRecurrentParameters { hid_init, input_to_hidden, hidden_to_hidden } = parameters;
        let (of_input, of_hidden) = (&mut memory.of_input, &mut memory.of_hidden);
        self.scan(
            &call,
            Start::of(self.hid_init, hid_init),
            inputs,
            y,
            Cpu::slice_mut(&mut memory.values, forward),
            |x, y| {
                self.input_to_hidden.forward_training(&pass.part(0), input_to_hidden, [x], y, of_input);
            },
            |step, x, y| {
                let (pass, memory) = (pass.part(1 + step as u32), &mut of_hidden[step]);
                self.hidden_to_hidden.forward_training(&pass, hidden_to_hidden, [x], y, memory);
            },
        );
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &Self::Parameters<T, Cpu>,
        gradients: &mut Self::Parameters<T, Cpu>,
        memory: &mut Self::Memory,
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let dy = &signals.output_gradient;
        let call = self.call(signals.inputs[0].shape, dy.values.len() / dy.shape.len());
        let (scan, batch, shape, len) = (call.scan, call.batch, call.state, call.state.len());
        let [forward, backward] = call.lengths();
        let (forward, backward) =
            Cpu::slice_mut(&mut memory.values, forward + backward).split_at_mut(forward);
        let [x, mask, from_input, from_hidden, sums, hids] = cut(forward, call.forward_lengths());
        let [hid_gradient, of_sums, of_before] = cut(backward, call.backward_lengths());
        hid_gradient.fill(T::zero());

        let (states, piece) = (batch * len, rows::piece(batch, len));
        let clip = Clip::by(scan.sequence.grad_clipping);
        let item_len = signals.output_gradient.shape.len();
        let dy: &[T] = signals.output_gradient.values;
        let (first, last) = (scan.first_step_back(), scan.time() - 1);
        for step in (first..=last).rev() {
            let of_step = step * states..(step + 1) * states;
            let (before, hid) = (&hids[of_step.clone()], &hids[of_step.end..][..states]);
            let (mask, output) = (&mask[scan.step_of_mask(step, batch)], scan.output_of(step));
            // The sums make room for their gradients.
            let matrices = [
                Rows::new(&mut sums[of_step.clone()], len),
                Rows::new(&mut *hid_gradient, len),
                Rows::new(&mut *of_sums, len),
            ];
            rows::for_each(
                batch,
                piece,
                matrices,
                Rows::new(&mut [], 0),
                &|item: usize, [sums, hid_gradient, of_sums]: [&mut [T]; 3], _: &mut [T]| {
                    if let Some(output) = output.clone() {
                        let dy = &dy[item * item_len..][output];
                        hid_gradient.iter_mut().zip(dy).for_each(|(sum, &dy)| *sum += dy);
                    }
                    if is_masked(mask, item) {
                        sums.fill(T::zero());
                    } else {
                        let hid = &hid[item * len..][..len];
                        self.nonlinearity.backward_of_sums(call.row(), sums, hid, hid_gradient);
                        clip.apply(hid_gradient);
                        sums.copy_from_slice(hid_gradient);
                        hid_gradient.fill(T::zero());
                    }
                    of_sums.copy_from_slice(sums);
                },
            );
            // The last step's contribution is the first to be there.
            let to = match &mut memory.contribution {
                _ if step == last => &mut gradients.hidden_to_hidden,
                contribution => contribution.get_or_insert_with(|| gradients.hidden_to_hidden.clone()),
            };
            self.hidden_to_hidden.backward(
                &pass.part(1 + step as u32),
                &parameters.hidden_to_hidden,
                to,
                &mut memory.of_hidden[step],
                Backward {
                    inputs: [Signal { shape, values: before }],
                    output: Signal { shape, values: &from_hidden[of_step] },
                    output_gradient: SignalMut { shape, values: &mut *of_sums },
                    input_gradients: [Some(SignalMut { shape, values: &mut *of_before })],
                },
            );
            if step < last {
                add_gradients(pass.device, &mut gradients.hidden_to_hidden, &mut memory.contribution);
            }
            pass.device.add::<T>(of_before, hid_gradient);
        }

        // Nothing comes from the steps that are left out, and nothing reaches the start past them.
        sums[..first * states].fill(T::zero());
        if first > 0 {
            hid_gradient.fill(T::zero());
        }
        let mut input_gradients = signals.input_gradients;
        if let Some(gradient) = scan.sequence.mask.and_then(|place| input_gradients[place].as_mut()) {
            gradient.values.fill(T::zero());
        }
        StartGradient::of(self.hid_init, &mut gradients.hid_init).receive(
            hid_gradient,
            len,
            &mut input_gradients,
        );
        let to = input_gradients[0].take();
        let len = if to.is_some() { x.len() } else { 0 };
        scratch::with(len, |of_x| {
            let of_steps = SignalMut { shape: call.step, values: &mut *of_x };
            self.input_to_hidden.backward(
                &pass.part(0),
                &parameters.input_to_hidden,
                &mut gradients.input_to_hidden,
                &mut memory.of_input,
                Backward {
                    inputs: [Signal { shape: call.step, values: &*x }],
                    output: Signal { shape, values: &*from_input },
                    output_gradient: SignalMut { shape, values: sums },
                    input_gradients: [to.is_some().then_some(of_steps)],
                },
            );
            if let Some(to) = to {
                let backwards = scan.sequence.backwards;
                steps_to_time(of_x, num_inputs(scan.input), scan.input.len(), backwards, to.values);
            }
        });
    }
}
