//! What recurrent layers do to each unit in a step.

use super::Cuda;
use super::driver::{Argument, Grid, THREADS, blocks};
use super::kernels::{GRU, LSTM, RECURRENT};
use super::map::{with_function, with_nonlinearity};
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;
use crate::nonlinearities::Nonlinearity;

/// The most units of a softmax: the threads of a block.
pub(crate) const MOST_UNITS_OF_SOFTMAX: usize = 1024;

/// What one kind of recurrent layer computes in a step.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a, T> {
    /// The nonlinearity of sums; softmax over rows of `row` units.
    Plain { nonlinearity: Nonlinearity, row: usize },
    /// Long short-term memory.
    Lstm {
        /// Of ingate, forgetgate, cell and outgate.
        gates: [Nonlinearity; 4],
        /// Of the cell where it is shown.
        nonlinearity: Nonlinearity,
        /// To ingate, forgetgate and outgate; empty without peepholes.
        peepholes: [Slice<'a, T>; 3],
    },
    /// A gated recurrent unit, with the nonlinearities of resetgate, updategate and new value.
    Gru { gates: [Nonlinearity; 3] },
}

impl<T: Real> Cell<'_, T> {
    /// Blocks of values for gates.
    pub fn num_gates(&self) -> usize {
        match self {
            Cell::Plain { .. } => 1,
            Cell::Lstm { .. } => 4,
            Cell::Gru { .. } => 3,
        }
    }

    /// Whether there is a cell's state beside the hidden one.
    pub fn has_cell(&self) -> bool {
        matches!(self, Cell::Lstm { .. })
    }

    /// Whether a step keeps further values for the backward pass.
    pub fn keeps(&self) -> bool {
        !matches!(self, Cell::Plain { .. })
    }

    /// Whether the gradients with respect to the hidden state's share of the sums are others than those with respect to
    /// the input's.
    pub fn is_split(&self) -> bool {
        matches!(self, Cell::Gru { .. })
    }

    /// Peepholes.
    pub fn num_peepholes(&self) -> usize {
        match self {
            Cell::Lstm { peepholes: [first, ..], .. } if first.len > 0 => 3,
            _ => 0,
        }
    }

    /// Its kernels with the constants of their nonlinearities.
    fn program(&self) -> Program {
        match *self {
            Cell::Plain { nonlinearity, .. } => {
                with_nonlinearity(Program::new::<T>(&RECURRENT), nonlinearity)
            }
            Cell::Lstm { gates, nonlinearity, .. } => {
                let names = [
                    ["INGATE", "INGATE_ALPHA", "INGATE_BETA"],
                    ["FORGETGATE", "FORGETGATE_ALPHA", "FORGETGATE_BETA"],
                    ["CELL", "CELL_ALPHA", "CELL_BETA"],
                    ["OUTGATE", "OUTGATE_ALPHA", "OUTGATE_BETA"],
                ];
                let program = with_nonlinearity(Program::new::<T>(&LSTM), nonlinearity);
                let gates = names.into_iter().zip(gates);
                gates.fold(program, |program, (names, gate)| with_function(program, names, gate))
            }
            Cell::Gru { gates: [resetgate, updategate, update] } => {
                let program = with_nonlinearity(Program::new::<T>(&GRU), update);
                let names = ["RESETGATE", "RESETGATE_ALPHA", "RESETGATE_BETA"];
                let program = with_function(program, names, resetgate);
                let names = ["UPDATEGATE", "UPDATEGATE_ALPHA", "UPDATEGATE_BETA"];
                with_function(program, names, updategate)
            }
        }
    }

    /// Whether none of its nonlinearities is a softmax.
    fn is_elementwise(&self) -> bool {
        match self {
            Cell::Plain { nonlinearity, .. } => nonlinearity.is_elementwise(),
            Cell::Lstm { gates, nonlinearity, .. } => {
                gates.iter().chain([nonlinearity]).all(|gate| gate.is_elementwise())
            }
            Cell::Gru { gates } => gates.iter().all(|gate| gate.is_elementwise()),
        }
    }

    fn peepholes(&self) -> [Argument; 3] {
        match self {
            Cell::Lstm { peepholes, .. } if self.num_peepholes() > 0 => peepholes.map(Argument::from),
            _ => [Argument::NONE; 3],
        }
    }
}

/// Where a step is among the outputs.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    /// How long an item is.
    pub item: usize,
    /// Where in it the step's units begin; `None` if the step is no output.
    pub start: Option<usize>,
}

impl Output {
    /// Of the outputs' values those of a step of `len` units in all.
    fn arguments<T>(self, values: Slice<'_, T>, len: usize) -> [Argument; 3] {
        let values = self.start.map_or(Argument::NONE, |_| Argument::array::<T>(values.pointer, len));
        [values, (self.item as u64).into(), (self.start.unwrap_or(0) as u64).into()]
    }
}

/// What is before and after a step, each (batch, units); what is of the cell is empty where there is none.
pub(crate) struct States<'a, T> {
    /// (batch), or [`Slice::NONE`].
    pub mask: Slice<'a, T>,
    pub hid_before: Slice<'a, T>,
    pub cell_before: Slice<'a, T>,
    pub hid: SliceMut<'a, T>,
    pub cell: SliceMut<'a, T>,
    /// What the backward pass needs beside the gates.
    pub kept: SliceMut<'a, T>,
    pub output: Output,
}

/// The gradients that go from step to step.
pub(crate) struct StateGradients<'a, T> {
    /// (batch, units): with respect to the state after the step; to become that with respect to the state before,
    /// without what comes through the hidden state's product.
    pub hid: SliceMut<'a, T>,
    /// The same for the cell's state, to become all of it.
    pub cell: SliceMut<'a, T>,
    /// (batch, peepholes, units): with respect to these, to be added to.
    pub peepholes: SliceMut<'a, T>,
}

/// A recurrent layer's work on its units.
#[derive(Clone, Copy)]
pub(crate) struct Steps<'a, T> {
    pub cell: Cell<'a, T>,
    /// Units of an item.
    pub units: usize,
    /// What gradients with respect to sums are clipped by; 0 for not at all.
    pub clip: f64,
}

impl<T: Real> Steps<'_, T> {
    /// Runs a kernel with a thread for each unit.
    fn launch(&self, device: &Cuda, kernel: &'static str, batch: usize, arguments: &[Argument]) {
        let program = self.cell.program();
        let elementwise = self.cell.is_elementwise();
        let row = match self.cell {
            Cell::Plain { row, .. } if !elementwise => row,
            _ => self.units,
        };
        // A softmax has all of a row in one block: networks with longer ones are refused.
        let most = if elementwise { THREADS as usize } else { MOST_UNITS_OF_SOFTMAX };
        let threads = row.next_multiple_of(32).min(most);
        let grid = Grid {
            blocks: [blocks(batch * (self.units / row)), blocks(row.div_ceil(threads))],
            threads: [threads as u32, 1],
        };
        let program = program.int("UNITS", self.units).int("ROW", row).real("CLIP", self.clip);
        device.launch(&program, kernel, grid, arguments);
    }

    /// From the input's and the hidden state's share of the sums to the states after a step. `gates` are the former, and
    /// become what the backward pass needs.
    pub fn forward(
        &self,
        device: &Cuda,
        gates: &SliceMut<'_, T>,
        from_hidden: Slice<'_, T>,
        states: &States<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let [peephole0, peephole1, peephole2] = self.cell.peepholes();
        let [y, item, start] = states.output.arguments(y.read(), states.hid.len);
        let arguments = [
            gates.in_place(),
            from_hidden.into(),
            states.mask.into(),
            states.hid_before.into(),
            states.cell_before.into(),
            peephole0,
            peephole1,
            peephole2,
            (&states.hid).into(),
            (&states.cell).into(),
            (&states.kept).into(),
            y,
            item,
            start,
        ];
        self.launch(device, "forward", states.hid.len / self.units, &arguments);
    }

    /// From the gradients with respect to the states after a step and the output to those with respect to the states before
    /// and the input's share of the sums, which take the place of `gates`; those with respect to the hidden state's share
    /// go to `of_hidden`, if that is not empty.
    pub fn backward(
        &self,
        device: &Cuda,
        gates: &SliceMut<'_, T>,
        of_hidden: &SliceMut<'_, T>,
        states: &States<'_, T>,
        gradients: &StateGradients<'_, T>,
        dy: Slice<'_, T>,
    ) {
        let [peephole0, peephole1, peephole2] = self.cell.peepholes();
        let [dy, item, start] = states.output.arguments(dy, states.hid.len);
        let arguments = [
            gates.in_place(),
            of_hidden.into(),
            states.mask.into(),
            states.hid_before.into(),
            states.cell_before.into(),
            (&states.hid).into(),
            (&states.cell).into(),
            (&states.kept).into(),
            peephole0,
            peephole1,
            peephole2,
            gradients.hid.in_place(),
            gradients.cell.in_place(),
            gradients.peepholes.in_place(),
            dy,
            item,
            start,
        ];
        self.launch(device, "backward", states.hid.len / self.units, &arguments);
    }
}
