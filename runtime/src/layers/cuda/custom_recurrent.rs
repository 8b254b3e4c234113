//! Recurrent layers made of chains, which have kernels of their own; here are the steps between them.

use super::recurrent::check_row;
use crate::cuda::recurrent::{Cell, Output, StateGradients, States, Steps};
use crate::cuda::sequences::Sequences;
use crate::cuda::{Cuda, Slice, SliceMut, room_for};
use crate::device::{Device, DeviceError};
use crate::init::InitOrInput;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::chain::Inner;
use crate::layers::recurrent::custom::Call;
use crate::layers::{CustomRecurrent, CustomRecurrentMemory, CustomRecurrentParameters};
use crate::nonlinearities::Nonlinearity;
use crate::parameters::add_gradients;
use crate::{Real, Shape};

impl Call {
    fn sequences(&self, features: usize) -> Sequences {
        let (batch, time, backwards) = (self.batch, self.scan.time(), self.scan.sequence.backwards);
        Sequences { batch, time, features, backwards }
    }

    fn steps<T: Real>(&self, nonlinearity: Nonlinearity) -> Steps<'static, T> {
        let cell = Cell::Plain { nonlinearity, row: self.row() };
        Steps { cell, units: self.state.len(), clip: self.scan.sequence.grad_clipping }
    }

    /// What is before and after a step.
    fn states<'a, T: Real>(
        &self,
        step: usize,
        mask: &'a SliceMut<'_, T>,
        hids: &'a SliceMut<'_, T>,
        output: Shape,
    ) -> States<'a, T> {
        let states = self.batch * self.state.len();
        let start = self.scan.output_of(step).map(|of_step| of_step.start);
        States {
            mask: mask.read().part(self.scan.step_of_mask(step, self.batch)),
            hid_before: hids.read().part(step * states..(step + 1) * states),
            cell_before: Slice::NONE,
            hid: hids.part((step + 1) * states..(step + 2) * states),
            cell: hids.part(0..0),
            kept: hids.part(0..0),
            output: Output { item: output.len(), start },
        }
    }
}

impl<I: Inner, H: Inner> CustomRecurrent<I, H> {
    /// The forward pass in `memory`. The chains are functions, as they differ between training and inference; that from
    /// the hidden state is given the number of its step.
    #[expect(clippy::too_many_arguments, reason = "called from two places next to it")]
    fn scan_on_cuda<T: Real, const N: usize>(
        &self,
        device: &Cuda,
        call: &Call,
        start: Slice<'_, T>,
        inputs: [Signal<'_, T, Cuda>; N],
        y: &SignalMut<'_, T, Cuda>,
        memory: &SliceMut<'_, T>,
        input_to_hidden: impl FnOnce(Signal<'_, T, Cuda>, SignalMut<'_, T, Cuda>),
        mut hidden_to_hidden: impl FnMut(usize, Signal<'_, T, Cuda>, SignalMut<'_, T, Cuda>),
    ) {
        let (scan, shape) = (call.scan, call.state);
        let [x, mask, from_input, from_hidden, sums, hids] = memory.cut(call.forward_lengths());
        device.to_steps(call.sequences(call.step.len()), inputs[0].values, &x);
        if let Some(place) = scan.sequence.mask {
            device.to_steps(call.sequences(1), inputs[place].values, &mask);
        }
        let to_states = SignalMut { shape, values: from_input.part(0..from_input.len) };
        input_to_hidden(Signal { shape: call.step, values: x.read() }, to_states);
        // The chain's backward pass may read its output, so the sums have memory of their own.
        device.copy(from_input.read(), &sums);
        let states = call.batch * shape.len();
        match scan.sequence.hid_init {
            InitOrInput::Init(_) => device.repeat(start, &hids.part(0..states)),
            InitOrInput::Input(place) => device.copy(inputs[place].values, &hids.part(0..states)),
        }
        let steps = call.steps::<T>(self.nonlinearity);
        for step in 0..scan.time() {
            let of_step = step * states..(step + 1) * states;
            let (sums, from_hidden) = (sums.part(of_step.clone()), from_hidden.part(of_step));
            let states = call.states(step, &mask, &hids, y.shape);
            let to_state = SignalMut { shape, values: from_hidden.part(0..from_hidden.len) };
            hidden_to_hidden(step, Signal { shape, values: states.hid_before }, to_state);
            steps.forward(device, &sums, from_hidden.read(), &states, &y.values);
        }
    }
}

impl<T, I, H, const N: usize> Compute<T, Cuda, N> for CustomRecurrent<I, H>
where
    T: Real,
    I: Compute<T, Cuda> + Inner,
    H: Compute<T, Cuda> + Inner,
{
    type Memory = CustomRecurrentMemory<T, Cuda, I, H>;

    fn check(&self, name: &'static str, inputs: &[Shape]) -> Result<(), DeviceError> {
        let call = self.call(inputs[0], 0);
        check_row(name, "custom_recurrent", &[self.nonlinearity], call.row())?;
        self.input_to_hidden.check(name, &[call.step])?;
        self.hidden_to_hidden.check(name, &[call.state])
    }

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &Self::Parameters<T, Cuda>,
        inputs: [Signal<'_, T, Cuda>; N],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let call = self.call(inputs[0].shape, inputs[0].batch());
        pass.device.with_scratch(room_for(&call.forward_lengths()), |memory| {
            self.scan_on_cuda(
                pass.device,
                &call,
                parameters.hid_init.slice(),
                inputs,
                &y,
                &memory,
                |x, y| self.input_to_hidden.forward(pass, &parameters.input_to_hidden, [x], y),
                |_, x, y| self.hidden_to_hidden.forward(pass, &parameters.hidden_to_hidden, [x], y),
            );
        });
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &mut Self::Parameters<T, Cuda>,
        inputs: [Signal<'_, T, Cuda>; N],
        y: SignalMut<'_, T, Cuda>,
        memory: &mut Self::Memory,
    ) {
        let call = self.call(inputs[0].shape, inputs[0].batch());
        let len = room_for(&call.forward_lengths()) + room_for(&call.backward_lengths());
        pass.device.reserve(&mut memory.values, len);
        if memory.of_hidden.len() < call.scan.time() {
            memory.of_hidden.resize_with(call.scan.time(), H::Memory::default);
        }
        let CustomRecurrentParameters { hid_init, input_to_hidden, hidden_to_hidden } = parameters;
        let (of_input, of_hidden) = (&mut memory.of_input, &mut memory.of_hidden);
        self.scan_on_cuda(
            pass.device,
            &call,
            hid_init.slice(),
            inputs,
            &y,
            &Cuda::slice_mut(&mut memory.values, len),
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
        pass: &Pass<'_, Cuda>,
        parameters: &Self::Parameters<T, Cuda>,
        gradients: &mut Self::Parameters<T, Cuda>,
        memory: &mut Self::Memory,
        signals: Backward<'_, T, Cuda, N>,
    ) {
        let (device, dy) = (pass.device, signals.output_gradient);
        let call = self.call(signals.inputs[0].shape, dy.values.len / dy.shape.len());
        let (scan, shape, states) = (call.scan, call.state, call.batch * call.state.len());
        let forward = room_for(&call.forward_lengths());
        let len = forward + room_for(&call.backward_lengths());
        let values = Cuda::slice_mut(&mut memory.values, len);
        let [x, mask, from_input, from_hidden, sums, hids] = values.cut(call.forward_lengths());
        let rest = values.part(forward..len);
        let [hid, of_sums, of_before] = rest.cut(call.backward_lengths());
        let of_state = StateGradients { hid, cell: rest.part(0..0), peepholes: rest.part(0..0) };
        device.zero(&of_state.hid);

        let steps = call.steps::<T>(self.nonlinearity);
        let (first, last) = (scan.first_step_back(), scan.time() - 1);
        for step in (first..=last).rev() {
            let of_step = step * states..(step + 1) * states;
            let around = call.states(step, &mask, &hids, dy.shape);
            let to_sums = sums.part(of_step.clone());
            steps.backward(device, &to_sums, &of_sums, &around, &of_state, dy.values.read());
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
                    inputs: [Signal { shape, values: around.hid_before }],
                    output: Signal { shape, values: from_hidden.read().part(of_step) },
                    output_gradient: SignalMut { shape, values: of_sums.part(0..states) },
                    input_gradients: [Some(SignalMut { shape, values: of_before.part(0..states) })],
                },
            );
            if step < last {
                add_gradients(device, &mut gradients.hidden_to_hidden, &mut memory.contribution);
            }
            device.add::<T>(of_before.read(), of_state.hid.part(0..states));
        }

        // Nothing comes from the steps that are left out, and nothing reaches the start past them.
        device.zero(&sums.part(0..first * states));
        if first > 0 {
            device.zero(&of_state.hid);
        }
        let input_gradients = signals.input_gradients;
        if let Some(gradient) = scan.sequence.mask.and_then(|place| input_gradients[place].as_ref()) {
            device.zero(&gradient.values);
        }
        match scan.sequence.hid_init {
            InitOrInput::Init(_) if gradients.hid_init.tags().trainable => {
                device.sum_rows(shape.len(), of_state.hid.read(), &gradients.hid_init.slice_mut());
            }
            InitOrInput::Init(_) => {}
            InitOrInput::Input(place) => {
                if let Some(to) = &input_gradients[place] {
                    device.copy(of_state.hid.read(), &to.values);
                }
            }
        }
        let to = input_gradients[0].as_ref();
        device.with_scratch(if to.is_some() { x.len } else { 0 }, |of_x: SliceMut<'_, T>| {
            let of_steps = SignalMut { shape: call.step, values: of_x.part(0..of_x.len) };
            self.input_to_hidden.backward(
                &pass.part(0),
                &parameters.input_to_hidden,
                &mut gradients.input_to_hidden,
                &mut memory.of_input,
                Backward {
                    inputs: [Signal { shape: call.step, values: x.read() }],
                    output: Signal { shape, values: from_input.read() },
                    output_gradient: SignalMut { shape, values: sums.part(0..sums.len) },
                    input_gradients: [to.is_some().then_some(of_steps)],
                },
            );
            if let Some(to) = to {
                device.to_time(call.sequences(call.step.len()), of_x.read(), &to.values);
            }
        });
    }
}
