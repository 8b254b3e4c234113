//! Inputs joined element by element.

use super::Cuda;
use super::axes::{lengths, with_item};
use super::driver::{Argument, Grid};
use super::kernels::{COLLECT, MERGE};
use super::memory::{Slice, SliceMut};
use super::program::{Program, Source, kernels};
use super::strided::Side;
use crate::shape::{Crop, MAX_RANK, starts};
use crate::{Real, Shape};

/// From how many repetitions of an element on a warp adds up what they contributed.
const MANY: usize = 32;

/// What joins two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Add,
    Mul,
    Maximum,
    Minimum,
    Own(OwnFunction),
}

/// A function of one's own of two numbers and its derivatives: expressions of CUDA C in `a` and `b`, without effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnFunction {
    pub function: &'static str,
    pub derivatives: [&'static str; 2],
}

/// A merge: how the elements of inputs meet in its output.
#[derive(Clone, Copy)]
pub(crate) struct Merge {
    pub function: Function,
    pub output: Shape,
    pub cropping: &'static [Crop],
}

/// One of its inputs, times a factor.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a, T> {
    pub values: Slice<'a, T>,
    pub shape: Shape,
    pub factor: f64,
}

impl<T> Input<'_, T> {
    /// Its values for a kernel over the `count` elements of an output, which a cropped input has more than.
    fn read(&self, count: usize) -> Argument {
        Argument::array::<T>(self.values.pointer, self.values.len.min(count))
    }
}

const OWN: [&str; MAX_RANK] = ["OWN1", "OWN2", "OWN3", "OWN4", "OWN5"];
const STARTS: [&str; MAX_RANK] = ["START1", "START2", "START3", "START4", "START5"];

/// The names of an input's constants.
struct Names {
    item: &'static str,
    start: &'static str,
    strides: [&'static str; MAX_RANK],
    factor: &'static str,
}

const A: Names = Names {
    item: "A_ITEM",
    start: "A_START",
    strides: ["A_STRIDE1", "A_STRIDE2", "A_STRIDE3", "A_STRIDE4", "A_STRIDE5"],
    factor: "A_FACTOR",
};

const B: Names = Names {
    item: "B_ITEM",
    start: "B_START",
    strides: ["B_STRIDE1", "B_STRIDE2", "B_STRIDE3", "B_STRIDE4", "B_STRIDE5"],
    factor: "B_FACTOR",
};

/// Where an input's elements lie that stand for those of an output.
pub(crate) fn fitted(input: Shape, output: Shape, cropping: &[Crop]) -> Side {
    let starts = starts(input, output, cropping);
    let (own, wanted) = (lengths(input), lengths(output));
    let mut side = Side { item: input.len(), start: 0, strides: [0; MAX_RANK] };
    let mut stride = 1;
    for axis in (0..input.rank()).rev() {
        side.strides[axis] = if own[axis] < wanted[axis] { 0 } else { stride as isize };
        side.start += starts[axis] * stride;
        stride *= own[axis];
    }
    side
}

impl Merge {
    /// The kernels of the library's function, or of a text of one's own.
    fn program<T: Real>(&self, inputs: [&Input<'_, T>; 2], is_earlier: bool) -> Program {
        let number = match self.function {
            Function::Add => 0,
            Function::Mul => 1,
            Function::Maximum => 2,
            Function::Minimum => 3,
            Function::Own(OwnFunction { function, .. }) => return self.program_of(function, inputs),
        };
        let program = self.with_places(Program::new::<T>(&MERGE), inputs).int("FUNCTION", number);
        program.int("IS_EARLIER", usize::from(is_earlier))
    }

    /// The kernels of an expression of CUDA C in two inputs' elements, `a` and `b`.
    fn program_of<T: Real>(&self, expression: &'static str, inputs: [&Input<'_, T>; 2]) -> Program {
        let files = [
            ("axes.cuh", kernels!("axes.cuh")),
            ("merge.cuh", kernels!("merge.cuh")),
            ("merge_own.cu", kernels!("merge_own.cu")),
        ];
        self.with_places(Program::new::<T>(Source::with_code("EXPRESSION", expression, &files)), inputs)
    }

    /// A program with the constants of where two inputs' elements lie.
    fn with_places<T: Real>(&self, program: Program, inputs: [&Input<'_, T>; 2]) -> Program {
        let mut program = with_item(program, lengths(self.output));
        for (input, names) in inputs.into_iter().zip([A, B]) {
            let side = fitted(input.shape, self.output, self.cropping);
            program = program.int(names.item, side.item).int(names.start, side.start);
            program = program.real(names.factor, input.factor);
            for (name, stride) in names.strides.into_iter().zip(side.strides) {
                program = program.signed(name, stride);
            }
        }
        program
    }
}

impl Cuda {
    /// The elements of all inputs joined: the first with the second, the result with the third, and so on.
    pub(crate) fn join<T: Real>(&self, merge: &Merge, inputs: &[Input<'_, T>], y: &SliceMut<'_, T>) {
        let [first, others @ ..] = inputs else { return };
        let joined = Input { values: y.read(), shape: merge.output, factor: 1.0 };
        for (place, other) in others.iter().enumerate() {
            let so_far = if place == 0 { first } else { &joined };
            let program = merge.program([so_far, other], true);
            let arguments = [so_far.read(y.len), other.read(y.len), y.into(), (y.len as u64).into()];
            self.launch(&program, "join", Grid::over(y.len), &arguments);
        }
    }

    /// The gradient with respect to input number `own`, from that with respect to the output. A sum does not read the
    /// inputs.
    pub(crate) fn join_backward<T: Real>(
        &self,
        merge: &Merge,
        inputs: &[Input<'_, T>],
        own: usize,
        dy: Slice<'_, T>,
        dx: &SliceMut<'_, T>,
    ) {
        let input = &inputs[own];
        if merge.function == Function::Add {
            return self.collect(merge, input, dy, dx);
        }
        let is_whole = input.shape.same(&merge.output);
        let scratch = (!is_whole).then(|| self.scratch_slice::<T>("slopes of a merge", dy.len));
        let slopes = scratch.as_ref().unwrap_or(dx);
        if let Function::Own(function) = merge.function {
            self.multiply_by_derivatives(merge, function, inputs, own, dy, slopes);
        } else {
            let others = inputs.iter().enumerate().filter(|&(other, _)| other != own);
            for (number, (place, other)) in others.enumerate() {
                let from = if number == 0 { dy } else { slopes.read() };
                let program = merge.program([input, other], own < place);
                let (a, b) = (input.read(dy.len), other.read(dy.len));
                let arguments = [from.into(), a, b, slopes.into(), (dy.len as u64).into()];
                self.launch(&program, "differentiate", Grid::over(dy.len), &arguments);
            }
        }
        if !is_whole {
            self.collect(merge, input, slopes.read(), dx);
        }
    }

    /// `slopes` becomes `dy` times the derivatives with respect to input number `own` of a function of one's own: that of what it
    /// is joined with by those of what follows.
    fn multiply_by_derivatives<T: Real>(
        &self,
        merge: &Merge,
        function: OwnFunction,
        inputs: &[Input<'_, T>],
        own: usize,
        dy: Slice<'_, T>,
        slopes: &SliceMut<'_, T>,
    ) {
        let [first, others @ ..] = inputs else { return };
        let (grid, count) = (Grid::over(dy.len), (dy.len as u64).into());
        let scratch = (others.len() > 1).then(|| self.scratch_slice::<T>("what a merge joined", dy.len));
        let (mut so_far, mut from) = (*first, dy);
        for (place, other) in (1..).zip(others) {
            let (a, b) = (so_far.read(dy.len), other.read(dy.len));
            if place >= own {
                let derivative = function.derivatives[usize::from(place == own)];
                let program = merge.program_of(derivative, [&so_far, other]);
                self.launch(&program, "multiply", grid, &[from.into(), a, b, slopes.into(), count]);
                from = slopes.read();
            }
            if let Some(joined) = scratch.as_ref().filter(|_| place < others.len()) {
                let program = merge.program([&so_far, other], true);
                self.launch(&program, "join", grid, &[a, b, joined.into(), count]);
                so_far = Input { values: joined.read(), shape: merge.output, factor: 1.0 };
            }
        }
    }

    /// For each element of an input the sum of the terms to which it contributed, times the input's factor.
    fn collect<T: Real>(
        &self,
        merge: &Merge,
        input: &Input<'_, T>,
        terms: Slice<'_, T>,
        sums: &SliceMut<'_, T>,
    ) {
        let starts = starts(input.shape, merge.output, merge.cropping);
        let (own, lengths) = (lengths(input.shape), lengths(merge.output));
        let mut program = with_item(Program::new::<T>(&COLLECT).real("FACTOR", input.factor), lengths);
        let mut repeats = 1;
        for axis in 0..MAX_RANK {
            program = program.int(OWN[axis], own[axis]).int(STARTS[axis], starts[axis]);
            if own[axis] < lengths[axis] {
                repeats *= lengths[axis];
            }
        }
        let (kernel, grid) = if repeats < MANY {
            ("collect", Grid::over(sums.len))
        } else {
            ("collect_many", Grid::rows(sums.len))
        };
        let arguments = [terms.into(), sums.into(), (sums.len as u64).into()];
        self.launch(&program.int("REPEATS", repeats), kernel, grid, &arguments);
    }
}
