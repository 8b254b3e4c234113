//! What all recurrent layers do: the products of all steps at once where that is possible, the steps one after the
//! other, and the same backwards.
//!
//! Within, values lie as (step, batch, units): a step is contiguous, and all steps together are the rows of one matrix.
//! The gates' values stand side by side in blocks of `units` columns, each replaced by its gradient on the way back.

use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::cell::{Cell, Clip};
use super::groups::Groups;
use super::layout::{cut, matrix, matrix_mut, some_rows, stack, steps_to_time, time_to_steps, unstack};
use super::start::{Start, StartGradient};
use super::steps::{BackwardStep, ForwardStep};
use crate::cpu::gemm::{Epilogue, Identity, Prepared, Threads};
use crate::cpu::pieces::{each, write, write_lines};
use crate::cpu::product::product;
use crate::cpu::rows::{self, Rows};
use crate::cpu::{columns, scratch};
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Signal, SignalMut};
use crate::shape::Sequence;
use crate::{Precision, Real, Shape};

/// The weights of `G` gates, each in the order of their blocks: those of the input from the first block of the input
/// on, those of the hidden state from the first block on.
pub(super) struct Weights<'a, T, const G: usize> {
    /// (inputs, units)
    pub w_in: [&'a [T]; G],
    /// (units); empty for none.
    pub b: [&'a [T]; G],
    /// (units, units)
    pub w_hid: [&'a [T]; G],
}

/// Where their gradients go.
pub(super) struct Gradients<'a, T, const G: usize> {
    pub w_in: [&'a mut [T]; G],
    pub b: [&'a mut [T]; G],
    pub w_hid: [&'a mut [T]; G],
}

/// The length of one step's features.
pub(in crate::layers) fn num_inputs(input: Shape) -> usize {
    input.dims()[1..].iter().product()
}

/// The sequences of one call.
#[derive(Clone, Copy)]
pub(in crate::layers) struct Scan {
    pub input: Shape,
    pub sequence: Sequence,
}

/// What a recurrent layer keeps of its forward pass for the backward pass.
#[derive(Debug)]
pub struct RecurrentMemory<T: Real, D: Device = Cpu>(pub(in crate::layers) D::Buffer<T>);

impl<T: Real, D: Device> Default for RecurrentMemory<T, D> {
    fn default() -> Self {
        RecurrentMemory(D::Buffer::default())
    }
}

/// The lengths of all that a pass works with, for one batch size.
struct Lengths {
    forward: [usize; 10],
    backward: [usize; 5],
}

impl Lengths {
    fn forward_len(&self) -> usize {
        self.forward.iter().sum()
    }

    fn len(&self) -> usize {
        self.forward_len() + self.backward.iter().sum::<usize>()
    }
}

struct Bias<'a, T>(&'a [T]);

impl<T: Real> Epilogue<T> for Bias<'_, T> {
    #[inline(always)]
    fn apply(&self, _: usize, column: usize, values: &mut [T]) {
        values.iter_mut().zip(&self.0[column..]).for_each(|(value, &bias)| *value += bias);
    }
}

impl Scan {
    pub fn time(&self) -> usize {
        self.input.dim(0)
    }

    /// The first step that gradients come from.
    pub fn first_step_back(&self) -> usize {
        self.time() - self.sequence.gradient_steps.unwrap_or(self.time()).min(self.time())
    }

    /// Where in time a step is.
    fn position(&self, step: usize) -> usize {
        if self.sequence.backwards { self.time() - 1 - step } else { step }
    }

    /// The part of an item's output that a step writes.
    pub fn output_of(&self, step: usize) -> Option<std::ops::Range<usize>> {
        let start = match self.sequence.only_return_final {
            true if step + 1 < self.time() => return None,
            true => 0,
            false => self.position(step) * self.sequence.num_units,
        };
        Some(start..start + self.sequence.num_units)
    }

    /// A step's part of the mask; empty where there is none.
    pub fn step_of_mask(&self, step: usize, batch: usize) -> std::ops::Range<usize> {
        let start = if self.sequence.mask.is_some() { step * batch } else { 0 };
        start..start + if self.sequence.mask.is_some() { batch } else { 0 }
    }

    fn lengths<T: Real, C: Cell<T>, const G: usize>(&self, batch: usize) -> Lengths {
        let (time, inputs, units) = (self.time(), num_inputs(self.input), self.sequence.num_units);
        let cell = if C::HAS_CELL { batch * units } else { 0 };
        let (block, columns) = (time * batch * units, G * units);
        let pieces = Groups::new(batch, units, size_of::<T>() * units * columns).all_pieces(batch);
        Lengths {
            forward: [
                time * batch * inputs,
                if self.sequence.mask.is_some() { time * batch } else { 0 },
                inputs * columns,
                units * columns,
                columns,
                C::BLOCKS * block,
                (time + 1) * batch * units,
                (time + 1) * cell,
                C::KEPT * block,
                Prepared::<T>::room(time, batch, (units, columns)),
            ],
            backward: [
                batch * units,
                cell,
                pieces * (C::SUMS + C::BLOCKS) * units,
                inputs.max(units) * columns,
                Prepared::<T>::room(time, batch, (columns, units)),
            ],
        }
    }

    /// The forward pass of an inference.
    pub(super) fn infer<T: Real, C: Cell<T>, const G: usize, const N: usize>(
        &self,
        cell: &C,
        weights: Weights<'_, T, G>,
        starts: [Start<'_, T>; 2],
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
    ) {
        let lengths = self.lengths::<T, C, G>(inputs[0].values.len() / self.input.len());
        scratch::with(lengths.forward_len(), |buffer| {
            self.forward(cell, weights, starts, inputs, y, buffer, lengths.forward);
        });
    }

    /// The forward pass of a training step.
    pub(super) fn train<T: Real, C: Cell<T>, const G: usize, const N: usize>(
        &self,
        cell: &C,
        weights: Weights<'_, T, G>,
        starts: [Start<'_, T>; 2],
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
        memory: &mut RecurrentMemory<T>,
    ) {
        let lengths = self.lengths::<T, C, G>(inputs[0].values.len() / self.input.len());
        Cpu::default().reserve(&mut memory.0, lengths.len());
        let buffer = Cpu::slice_mut(&mut memory.0, lengths.len());
        self.forward(cell, weights, starts, inputs, y, buffer, lengths.forward);
    }

    #[expect(clippy::too_many_arguments, reason = "called from two places next to it")]
    fn forward<T: Real, C: Cell<T>, const G: usize, const N: usize>(
        &self,
        cell: &C,
        weights: Weights<'_, T, G>,
        starts: [Start<'_, T>; 2],
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
        buffer: &mut [T],
        lengths: [usize; 10],
    ) {
        let (units, features) = (self.sequence.num_units, num_inputs(self.input));
        let batch = inputs[0].values.len() / self.input.len();
        let (columns, row) = (G * units, C::BLOCKS * units);
        let [x, mask, w_in, w_hid, b, gates, hids, cells, kept, packed] = cut(buffer, lengths);

        stack(weights.w_in, units, w_in);
        stack(weights.w_hid, units, w_hid);
        stack(weights.b, units, b);
        let w_hid = Prepared::new(matrix(w_hid, columns), packed);
        time_to_steps(inputs[0].values, features, self.input.len(), self.sequence.backwards, x);
        if let Some(place) = self.sequence.mask {
            time_to_steps(inputs[place].values, 1, self.time(), self.sequence.backwards, mask);
        }
        let start = C::FIRST_OF_INPUT * units;
        all_steps(
            matrix(x, features),
            matrix(w_in, columns),
            matrix_mut(gates, row).slice_mut(s![.., start..start + columns]),
            &Bias(b),
        );

        for (states, start) in [&mut *hids, &mut *cells].into_iter().zip(starts) {
            let first = states.len().min(batch * units);
            start.write(&inputs, &mut states[..first]);
        }
        let (state, cell_units) = (batch * units, if C::HAS_CELL { units } else { 0 });
        let (groups, len) = (Groups::new(batch, units, size_of::<T>() * units * columns), y.shape.len());
        let lines = (
            write_lines(gates, batch * row, groups.items * row),
            write_lines(hids, state, groups.items * units),
            write_lines(cells, batch * cell_units, groups.items * cell_units),
            write_lines(kept, state * C::KEPT, groups.items * units * C::KEPT),
        );
        each((lines, write(y.values, groups.items * len)), |number, (lines, y)| {
            let (items, (mut gates, mut hids, mut cells, mut kept)) = (groups.group(number, batch), lines);
            for step in 0..self.time() {
                let gates = gates.line(step);
                gates.chunks_exact_mut(row).for_each(|row| row[..start].fill(T::zero()));
                let (hid_before, hid) = hids.line_and_next(step);
                let (cell_before, cell_after) = cells.line_and_next(step);
                w_hid.multiply(
                    groups.threads,
                    matrix(hid_before, units),
                    true,
                    matrix_mut(gates, row).slice_mut(s![.., ..columns]),
                    &Identity,
                    step % 2 == 1,
                );
                let matrices = [
                    Rows::new(gates, row),
                    Rows::new(hid, units),
                    Rows::new(cell_after, cell_units),
                    Rows::new(kept.line(step), C::KEPT * units),
                    Rows::new(y, len),
                ];
                let mask = mask[self.step_of_mask(step, batch)].get(items.clone()).unwrap_or_default();
                let output = self.output_of(step);
                let step = ForwardStep { cell, mask, output, hid_before, cell_before };
                rows::for_each(items.len(), groups.piece, matrices, Rows::new(&mut [], 0), &step);
            }
        });
    }

    /// The backward pass.
    pub(super) fn backward<T: Real, C: Cell<T>, const G: usize, const N: usize>(
        &self,
        cell: &C,
        mut gradients: Gradients<'_, T, G>,
        sums: [&mut [T]; 3],
        starts: [StartGradient<'_, T>; 2],
        memory: &mut RecurrentMemory<T>,
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let (units, features) = (self.sequence.num_units, num_inputs(self.input));
        let len = signals.output_gradient.shape.len();
        let batch = signals.output_gradient.values.len() / len;
        let (columns, row) = (G * units, C::BLOCKS * units);
        let lengths = self.lengths::<T, C, G>(batch);
        Cpu::default().reserve(&mut memory.0, lengths.len());
        let (forward, backward) =
            Cpu::slice_mut(&mut memory.0, lengths.len()).split_at_mut(lengths.forward_len());
        let [x, mask, w_in, w_hid, _, gates, hids, cells, kept, _] = cut(forward, lengths.forward);
        let [hid_gradient, cell_gradient, of_pieces, products, packed] = cut(backward, lengths.backward);
        let w_hid = Prepared::new(matrix(w_hid, columns).reversed_axes(), packed);
        hid_gradient.fill(T::zero());
        cell_gradient.fill(T::zero());
        of_pieces.fill(T::zero());

        let (state, cell_units) = (batch * units, if C::HAS_CELL { units } else { 0 });
        let groups = Groups::new(batch, units, size_of::<T>() * units * columns);
        let (clip, of_piece) = (Clip::by(self.sequence.grad_clipping), (C::SUMS + C::BLOCKS) * units);
        let dy = matrix(&*signals.output_gradient.values, len);
        let first = self.first_step_back();
        let lines = (
            write_lines(gates, batch * row, groups.items * row),
            write_lines(hid_gradient, state, groups.items * units),
            write_lines(cell_gradient, batch * cell_units, groups.items * cell_units),
        );
        each((lines, write(of_pieces, groups.pieces() * of_piece)), |number, (lines, of_pieces)| {
            let (items, (mut gates, mut hid_gradient, mut cell_gradient)) =
                (groups.group(number, batch), lines);
            let [hid_gradient, cell_gradient] = [hid_gradient.line(0), cell_gradient.line(0)];
            let at = |step: usize| step * batch + items.start..step * batch + items.end;
            for step in (first..self.time()).rev() {
                let gates = gates.line(step);
                let matrices = [
                    Rows::new(&mut *gates, row),
                    Rows::new(&mut *hid_gradient, units),
                    Rows::new(&mut *cell_gradient, cell_units),
                ];
                let of_pieces = Rows::new(&mut *of_pieces, of_piece);
                let step_back = BackwardStep {
                    cell,
                    mask: mask[self.step_of_mask(step, batch)].get(items.clone()).unwrap_or_default(),
                    output: self.output_of(step),
                    dy: dy.slice(s![items.clone(), ..]),
                    hid_before: some_rows(hids, at(step), units),
                    cell_before: some_rows(cells, at(step), cell_units),
                    hid: some_rows(hids, at(step + 1), units),
                    cell_after: some_rows(cells, at(step + 1), cell_units),
                    kept: some_rows(kept, at(step), C::KEPT * units),
                    clip,
                };
                rows::for_each(items.len(), groups.piece, matrices, of_pieces, &step_back);
                w_hid.multiply(
                    groups.threads,
                    matrix(gates, row).slice(s![.., ..columns]),
                    true,
                    matrix_mut(hid_gradient, units),
                    &Identity,
                    step % 2 == 1,
                );
            }
        });

        // All steps at once: the sums' gradients as one matrix.
        let from_input = C::FIRST_OF_INPUT * units;
        let gates = &gates[first * batch * row..];
        let of_input = matrix(gates, row).slice_move(s![.., from_input..from_input + columns]);
        let of_hidden = matrix(gates, row).slice_move(s![.., ..columns]);
        let before = matrix(&hids[first * state..self.time() * state], units);
        let gradient = &mut products[..units * columns];
        all_steps(before.t(), of_hidden, matrix_mut(gradient, columns), &Identity);
        unstack(gradient, units, gradients.w_hid.each_mut().map(|gradient| &mut **gradient));
        let gradient = &mut products[..features * columns];
        let steps = matrix(&x[first * batch * features..], features);
        all_steps(steps.t(), of_input, matrix_mut(gradient, columns), &Identity);
        unstack(gradient, units, gradients.w_in);
        columns::sum(of_input, &mut products[..columns]);
        unstack(&products[..columns], units, gradients.b);
        for (number, sum) in sums.into_iter().enumerate().filter(|(_, sum)| !sum.is_empty()) {
            sum.fill(T::zero());
            for of_piece in of_pieces.chunks_exact((C::SUMS + C::BLOCKS) * units) {
                let own = &of_piece[number * units..][..units];
                sum.iter_mut().zip(own).for_each(|(sum, &value)| *sum += value);
            }
        }

        let mut input_gradients = signals.input_gradients;
        if let Some(gradient) = self.sequence.mask.and_then(|place| input_gradients[place].as_mut()) {
            gradient.values.fill(T::zero());
        }
        // Nothing reaches the start where steps are left out.
        if first > 0 {
            hid_gradient.fill(T::zero());
            cell_gradient.fill(T::zero());
        }
        for (start, gradient) in starts.into_iter().zip([&*hid_gradient, &*cell_gradient]) {
            start.receive(gradient, units, &mut input_gradients);
        }
        if let Some(to) = input_gradients[0].as_mut() {
            // The steps' inputs have been read for the last time: their gradients take their place.
            let (left_out, steps) = x.split_at_mut(first * batch * features);
            left_out.fill(T::zero());
            let w_in = matrix(w_in, columns);
            all_steps(of_input, w_in.t(), matrix_mut(steps, features), &Identity);
            steps_to_time(x, features, self.input.len(), self.sequence.backwards, to.values);
        }
    }
}

/// C = A·B for all steps at once.
fn all_steps<T: Real>(a: ArrayView2<T>, b: ArrayView2<T>, c: ArrayViewMut2<T>, epilogue: &impl Epilogue<T>) {
    product(Precision::F32, Threads::All, a, b, false, c, epilogue);
}
