//! Recurrent layers: the input's share of all steps as one product, then for each step a product and one kernel for all that
//! is elementwise; on the way back the same, and the gradients of all weights as products over all steps.
//!
//! Values lie as (step, batch, units), as on the processor: all steps together are the rows of one matrix.

use crate::cuda::gemm::{Finish, Matrix};
use crate::cuda::recurrent::{Cell, MOST_UNITS_OF_SOFTMAX, Output, StateGradients, States, Steps};
use crate::cuda::sequences::Sequences;
use crate::cuda::{Cuda, CudaError, SliceMut, room_for};
use crate::device::{Device, DeviceError};
use crate::init::InitOrInput;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::recurrent::scan::{Scan, num_inputs};
use crate::layers::{
    Gate, Gru, GruParameters, Lstm, LstmParameters, Recurrent, RecurrentMemory, RecurrentParameters,
};
use crate::nonlinearities::Nonlinearity;
use crate::parameters::Parameter;
use crate::{Real, Shape};

/// The parameters of `G` gates in the order of the cell's blocks, of `S` states before the first step and of `K`
/// peepholes.
struct Parts<P, const G: usize, const S: usize, const K: usize> {
    w_in: [P; G],
    b: [P; G],
    w_hid: [P; G],
    /// Of the hidden state, and of the cell's.
    starts: [P; S],
    peepholes: [P; K],
}

/// One call of a layer.
struct Call<'a, T> {
    device: &'a Cuda,
    scan: Scan,
    steps: Steps<'a, T>,
    batch: usize,
    inputs: usize,
}

/// The parts of a sequence's memory.
struct Lengths {
    forward: [usize; 10],
    backward: [usize; 6],
}

impl<'a, T: Real> Call<'a, T> {
    fn new(device: &'a Cuda, scan: Scan, cell: Cell<'a, T>, batch: usize) -> Self {
        let steps = Steps { cell, units: scan.sequence.num_units, clip: scan.sequence.grad_clipping };
        Call { device, scan, steps, batch, inputs: num_inputs(scan.input) }
    }

    /// The columns of all gates.
    fn columns(&self) -> usize {
        self.steps.cell.num_gates() * self.steps.units
    }

    fn sequences(&self, features: usize) -> Sequences {
        let (batch, time, backwards) = (self.batch, self.scan.time(), self.scan.sequence.backwards);
        Sequences { batch, time, features, backwards }
    }

    fn lengths(&self) -> Lengths {
        let (time, inputs, units, columns) =
            (self.scan.time(), self.inputs, self.steps.units, self.columns());
        let (cell, state) = (self.steps.cell, self.batch * units);
        let only = |there: bool, len: usize| if there { len } else { 0 };
        Lengths {
            forward: [
                time * self.batch * inputs,
                only(self.scan.sequence.mask.is_some(), time * self.batch),
                inputs * columns,
                units * columns,
                columns,
                time * self.batch * columns,
                (time + 1) * state,
                only(cell.has_cell(), (time + 1) * state),
                only(cell.keeps(), time * state),
                self.batch * columns,
            ],
            backward: [
                state,
                only(cell.has_cell(), state),
                cell.num_peepholes() * state,
                inputs.max(units) * columns,
                columns,
                only(cell.is_split(), time * self.batch * columns),
            ],
        }
    }

    /// What is before and after a step.
    fn states<'b>(
        &self,
        step: usize,
        mask: &'b SliceMut<'_, T>,
        [hids, cells, kept]: [&'b SliceMut<'_, T>; 3],
        output: Shape,
    ) -> States<'b, T> {
        let state = self.batch * self.steps.units;
        let of = |values: &'b SliceMut<'_, T>, place: usize| {
            let len = state.min(values.len);
            values.part(place * len..(place + 1) * len)
        };
        States {
            mask: mask.read().part(self.scan.step_of_mask(step, self.batch)),
            hid_before: hids.read().part(step * state..(step + 1) * state),
            cell_before: cells.read().part(step * state.min(cells.len)..(step + 1) * state.min(cells.len)),
            hid: of(hids, step + 1),
            cell: of(cells, step + 1),
            kept: of(kept, step),
            output: Output {
                item: output.len(),
                start: self.scan.output_of(step).map(|of_step| of_step.start),
            },
        }
    }

    fn forward<const G: usize, const S: usize, const K: usize, const N: usize>(
        &self,
        parts: Parts<&Parameter<T, Cuda>, G, S, K>,
        inputs: [Signal<'_, T, Cuda>; N],
        y: &SignalMut<'_, T, Cuda>,
        memory: &SliceMut<'_, T>,
    ) {
        let (device, scan, units, columns) = (self.device, self.scan, self.steps.units, self.columns());
        let [x, mask, w_in, w_hid, b, gates, hids, cells, kept, from_hidden] =
            memory.cut(self.lengths().forward);
        let slice = Parameter::slice;
        device.stack(parts.w_in.map(slice), units, &w_in);
        device.stack(parts.w_hid.map(slice), units, &w_hid);
        device.stack(parts.b.map(slice), units, &b);
        device.to_steps(self.sequences(self.inputs), inputs[0].values, &x);
        if let Some(place) = scan.sequence.mask {
            device.to_steps(self.sequences(1), inputs[place].values, &mask);
        }
        let bias = Finish { bias: b.read(), ..Finish::NONE };
        let steps = Matrix::new(x.read(), self.inputs);
        device.gemm(steps, Matrix::new(w_in.read(), columns), false, &gates, bias);

        let state = self.batch * units;
        let froms = [Some(scan.sequence.hid_init), scan.sequence.cell_init].into_iter().flatten();
        for ((states, from), start) in [&hids, &cells].into_iter().zip(froms).zip(parts.starts) {
            let states = states.part(0..state);
            match from {
                InitOrInput::Init(_) => device.repeat(start.slice(), &states),
                InitOrInput::Input(place) => device.copy(inputs[place].values, &states),
            }
        }
        let block = self.batch * columns;
        for step in 0..scan.time() {
            let states = self.states(step, &mask, [&hids, &cells, &kept], y.shape);
            let (before, w_hid) = (Matrix::new(states.hid_before, units), Matrix::new(w_hid.read(), columns));
            device.gemm(before, w_hid, false, &from_hidden, Finish::NONE);
            let gates = gates.part(step * block..(step + 1) * block);
            self.steps.forward(device, &gates, from_hidden.read(), &states, &y.values);
        }
    }

    fn backward<const G: usize, const S: usize, const K: usize, const N: usize>(
        &self,
        parts: Parts<&mut Parameter<T, Cuda>, G, S, K>,
        signals: Backward<'_, T, Cuda, N>,
        memory: &SliceMut<'_, T>,
    ) {
        let (device, scan, units, columns) = (self.device, self.scan, self.steps.units, self.columns());
        let lengths = self.lengths();
        let forward = room_for(&lengths.forward);
        let [x, mask, w_in, w_hid, _, gates, hids, cells, kept, _] = memory.cut(lengths.forward);
        let rest = memory.part(forward..memory.len);
        let [of_hid, of_cell, of_peepholes, products, sums, of_hidden] = rest.cut(lengths.backward);
        let gradients = StateGradients { hid: of_hid, cell: of_cell, peepholes: of_peepholes };
        for values in [&gradients.hid, &gradients.cell, &gradients.peepholes] {
            device.zero(values);
        }

        let (block, first) = (self.batch * columns, scan.first_step_back());
        let dy = signals.output_gradient;
        for step in (first..scan.time()).rev() {
            let of_step = step * block..(step + 1) * block;
            let states = self.states(step, &mask, [&hids, &cells, &kept], dy.shape);
            let gates = gates.part(of_step.clone());
            let split = if self.steps.cell.is_split() { of_step } else { 0..0 };
            let of_hidden = of_hidden.part(split);
            self.steps.backward(device, &gates, &of_hidden, &states, &gradients, dy.values.read());
            let of_hidden = if of_hidden.len == 0 { &gates } else { &of_hidden };
            let (sums, w_hid) = (Matrix::new(of_hidden.read(), columns), Matrix::new(w_hid.read(), columns));
            device.gemm(sums, w_hid.t(), true, &gradients.hid, Finish::NONE);
        }

        // All steps at once: the sums' gradients as one matrix.
        let from_first = |row: usize| first * row..scan.time() * row;
        let of_hidden = if of_hidden.len == 0 { &gates } else { &of_hidden };
        let [gates, of_hidden] = [&gates, of_hidden].map(|sums| sums.part(from_first(block)));
        let [of_input, of_hidden] = [&gates, &of_hidden].map(|sums| Matrix::new(sums.read(), columns));
        let hids = hids.part(from_first(self.batch * units));
        let product = products.part(0..units * columns);
        device.gemm(Matrix::new(hids.read(), units).t(), of_hidden, false, &product, Finish::NONE);
        device.unstack(product.read(), units, parts.w_hid.map(Parameter::slice_mut));
        let product = products.part(0..self.inputs * columns);
        let steps = x.part(from_first(self.batch * self.inputs));
        let of_steps = Matrix::new(steps.read(), self.inputs).t();
        device.gemm_and_sum_rows(of_steps, of_input, &product, &sums);
        device.unstack(product.read(), units, parts.w_in.map(Parameter::slice_mut));
        device.unstack(sums.read(), units, parts.b.map(Parameter::slice_mut));
        if gradients.peepholes.len > 0 {
            let sums = sums.part(0..K * units);
            device.sum_rows(K * units, gradients.peepholes.read(), &sums);
            device.unstack(sums.read(), units, parts.peepholes.map(Parameter::slice_mut));
        }

        let mut input_gradients = signals.input_gradients;
        if let Some(gradient) = scan.sequence.mask.and_then(|place| input_gradients[place].as_mut()) {
            device.zero(&gradient.values);
        }
        let froms = [Some(scan.sequence.hid_init), scan.sequence.cell_init].into_iter().flatten();
        for ((states, from), start) in
            [&gradients.hid, &gradients.cell].into_iter().zip(froms).zip(parts.starts)
        {
            // Nothing reaches the start where steps are left out.
            if first > 0 {
                device.zero(states);
            }
            match from {
                InitOrInput::Init(_) if start.tags().trainable => {
                    device.sum_rows(units, states.read(), &start.slice_mut());
                }
                InitOrInput::Init(_) => {}
                InitOrInput::Input(place) => {
                    if let Some(to) = &input_gradients[place] {
                        device.copy(states.read(), &to.values);
                    }
                }
            }
        }
        if let Some(to) = &input_gradients[0] {
            // The steps' inputs have been read for the last time: their gradients take their place.
            device.zero(&x.part(0..first * self.batch * self.inputs));
            device.gemm(of_input, Matrix::new(w_in.read(), columns).t(), false, &steps, Finish::NONE);
            device.to_time(self.sequences(self.inputs), x.read(), &to.values);
        }
    }
}

/// Whether a block of threads can hold the rows of `row` units of which a softmax takes the whole.
pub(super) fn check_row(
    name: &'static str,
    kind: &'static str,
    nonlinearities: &[Nonlinearity],
    row: usize,
) -> Result<(), DeviceError> {
    if row <= MOST_UNITS_OF_SOFTMAX || nonlinearities.iter().all(|function| function.is_elementwise()) {
        return Ok(());
    }
    let option = format!("softmax over {row} units");
    let instead = "at most 1024 units, or another nonlinearity";
    Err(CudaError::NoKernels { name, kind, option, instead }.into())
}

impl Lstm {
    /// In the order of the cell's blocks.
    fn gates(&self) -> [Gate; 4] {
        [self.ingate, self.forgetgate, self.cell, self.outgate]
    }
}

impl Gru {
    /// In the order of the cell's blocks.
    fn gates(&self) -> [Gate; 3] {
        [self.resetgate, self.updategate, self.hidden_update]
    }
}

macro_rules! gated {
    ($(
        $kind:literal, $layer:ident, $parameters:ident, [$gates:literal, $starts:literal, $peepholes:literal], $cell:expr;
        nonlinearities: |$of:ident| $nonlinearities:expr;
        w_in: [$($w_in:ident)*], b: [$($b:ident)*], w_hid: [$($w_hid:ident)*], starts: [$($start:ident)*],
        peepholes: [$($peephole:ident)*];
    )*) => {$(
        impl<T: Real> $parameters<T, Cuda> {
            fn parts(&self) -> Parts<&Parameter<T, Cuda>, $gates, $starts, $peepholes> {
                Parts {
                    w_in: [$(&self.$w_in),*],
                    b: [$(&self.$b),*],
                    w_hid: [$(&self.$w_hid),*],
                    starts: [$(&self.$start),*],
                    peepholes: [$(&self.$peephole),*],
                }
            }

            fn parts_mut(&mut self) -> Parts<&mut Parameter<T, Cuda>, $gates, $starts, $peepholes> {
                Parts {
                    w_in: [$(&mut self.$w_in),*],
                    b: [$(&mut self.$b),*],
                    w_hid: [$(&mut self.$w_hid),*],
                    starts: [$(&mut self.$start),*],
                    peepholes: [$(&mut self.$peephole),*],
                }
            }
        }

        impl $layer {
            fn call<'a, T: Real>(
                &self,
                device: &'a Cuda,
                parameters: &'a $parameters<T, Cuda>,
                input: Shape,
                batch: usize,
            ) -> Call<'a, T> {
                let cell: fn(&Self, &'a $parameters<T, Cuda>) -> Cell<'a, T> = $cell;
                Call::new(device, self.scan(input), cell(self, parameters), batch)
            }
        }

        impl<T: Real, const N: usize> Compute<T, Cuda, N> for $layer {
            type Memory = RecurrentMemory<T, Cuda>;

            fn check(&self, name: &'static str, _: &[Shape]) -> Result<(), DeviceError> {
                let $of = self;
                check_row(name, $kind, &$nonlinearities, self.num_units)
            }

            fn forward(
                &self,
                pass: &Pass<'_, Cuda>,
                parameters: &$parameters<T, Cuda>,
                inputs: [Signal<'_, T, Cuda>; N],
                y: SignalMut<'_, T, Cuda>,
            ) {
                let call = self.call(pass.device, parameters, inputs[0].shape, inputs[0].batch());
                pass.device.with_scratch(room_for(&call.lengths().forward), |memory| {
                    call.forward(parameters.parts(), inputs, &y, &memory);
                });
            }

            fn forward_training(
                &self,
                pass: &Pass<'_, Cuda>,
                parameters: &mut $parameters<T, Cuda>,
                inputs: [Signal<'_, T, Cuda>; N],
                y: SignalMut<'_, T, Cuda>,
                RecurrentMemory(memory): &mut RecurrentMemory<T, Cuda>,
            ) {
                let call = self.call(pass.device, parameters, inputs[0].shape, inputs[0].batch());
                let Lengths { forward, backward } = call.lengths();
                let len = room_for(&forward) + room_for(&backward);
                pass.device.reserve(memory, len);
                call.forward(parameters.parts(), inputs, &y, &Cuda::slice_mut(memory, len));
            }

            fn backward(
                &self,
                pass: &Pass<'_, Cuda>,
                parameters: &$parameters<T, Cuda>,
                gradients: &mut $parameters<T, Cuda>,
                RecurrentMemory(memory): &mut RecurrentMemory<T, Cuda>,
                signals: Backward<'_, T, Cuda, N>,
            ) {
                let dy = &signals.output_gradient;
                let batch = dy.values.len / dy.shape.len();
                let call = self.call(pass.device, parameters, signals.inputs[0].shape, batch);
                let Lengths { forward, backward } = call.lengths();
                let memory = Cuda::slice_mut(memory, room_for(&forward) + room_for(&backward));
                call.backward(gradients.parts_mut(), signals, &memory);
            }
        }
    )*};
}

gated! {
    "recurrent", Recurrent, RecurrentParameters, [1, 1, 0],
        |layer, _| Cell::Plain { nonlinearity: layer.nonlinearity, row: layer.num_units };
        nonlinearities: |layer| [layer.nonlinearity];
        w_in: [w_in_to_hid], b: [b], w_hid: [w_hid_to_hid], starts: [hid_init], peepholes: [];
    "lstm", Lstm, LstmParameters, [4, 2, 3], |layer, parameters| {
            let peepholes =
                [&parameters.w_cell_to_ingate, &parameters.w_cell_to_forgetgate, &parameters.w_cell_to_outgate];
            Cell::Lstm {
                gates: layer.gates().map(|gate| gate.nonlinearity),
                nonlinearity: layer.nonlinearity,
                peepholes: peepholes.map(Parameter::slice),
            }
        };
        nonlinearities: |layer| {
            let [ingate, forgetgate, cell, outgate] = layer.gates().map(|gate| gate.nonlinearity);
            [ingate, forgetgate, cell, outgate, layer.nonlinearity]
        };
        w_in: [w_in_to_ingate w_in_to_forgetgate w_in_to_cell w_in_to_outgate],
        b: [b_ingate b_forgetgate b_cell b_outgate],
        w_hid: [w_hid_to_ingate w_hid_to_forgetgate w_hid_to_cell w_hid_to_outgate],
        starts: [hid_init cell_init],
        peepholes: [w_cell_to_ingate w_cell_to_forgetgate w_cell_to_outgate];
    "gru", Gru, GruParameters, [3, 1, 0],
        |layer, _| Cell::Gru { gates: layer.gates().map(|gate| gate.nonlinearity) };
        nonlinearities: |layer| layer.gates().map(|gate| gate.nonlinearity);
        w_in: [w_in_to_resetgate w_in_to_updategate w_in_to_hidden_update],
        b: [b_resetgate b_updategate b_hidden_update],
        w_hid: [w_hid_to_resetgate w_hid_to_updategate w_hid_to_hidden_update],
        starts: [hid_init],
        peepholes: [];
}
