//! A GPU on the processor, for tests: it compiles the kernels as C++ under [a header](./shim.h) that stands for CUDA,
//! and runs them on the host's memory. Slow, but every line of a kernel is executed, arguments are checked against the
//! kernel's own list, writes outside of a buffer are noticed, and so are barriers that some threads never reach.

mod architectures;
mod convolution;
mod library;

use std::alloc::{Layout, alloc, dealloc};
use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::library::Library;
use super::driver::{
    Argument, Driver, Function, Graph, Grid, LibraryConvolution, MOST_ARGUMENTS, Operand, Pointer, Product,
};
use super::error::CudaError;
use super::program::{Program, Value};

/// The bytes before and after each buffer, which no kernel may touch.
const GUARD: usize = 64;

/// What stands in them.
const UNTOUCHED: u8 = 0xA5;

/// A GPU on the processor.
#[derive(Debug)]
pub(crate) struct Emulator {
    state: Mutex<State>,
    /// Whether it has a library of products.
    multiplies: bool,
    /// The bytes of its memory, where they are limited.
    room: Option<Arc<AtomicUsize>>,
}

#[derive(Debug, Default)]
struct State {
    /// Buffers, by the address of their first byte, with their lengths.
    buffers: BTreeMap<Pointer, usize>,
    libraries: HashMap<Program, &'static Library>,
    functions: Vec<Kernel>,
    /// What is being recorded.
    recording: Option<Vec<Task>>,
    graphs: Vec<Option<Vec<Task>>>,
    /// How many tasks were done, which of them set each buffer to zero last, and how many had been done when each place
    /// for sending was released: what is sent may overtake those that came after.
    done: usize,
    zeroed: HashMap<Pointer, usize>,
    released: HashMap<usize, usize>,
}

/// A kernel with the constants of its program.
#[derive(Clone, Debug)]
struct Kernel {
    library: &'static Library,
    name: &'static str,
    run: library::Run,
    ints: Vec<i32>,
    reals: Vec<f64>,
}

/// What can be recorded.
#[derive(Clone, Debug)]
enum Task {
    Launch { function: Function, grid: Grid, arguments: Vec<Argument> },
    Copy { from: Pointer, to: Pointer, bytes: usize },
    Zero { pointer: Pointer, bytes: usize },
    Multiply(Product),
    Convolve(LibraryConvolution),
}

impl Emulator {
    /// An emulator, with a library of products (`multiplies`) or without, and with so many bytes of memory.
    ///
    /// # Errors
    /// If there is no C++ compiler.
    pub fn new(multiplies: bool, room: Option<Arc<AtomicUsize>>) -> Result<Self, CudaError> {
        library::compiler()?;
        Ok(Emulator { state: Mutex::default(), multiplies, room })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses what cannot be recorded.
    fn outside_of_recordings(&self, function: &'static str) -> Result<MutexGuard<'_, State>, CudaError> {
        let state = self.state();
        if state.recording.is_some() {
            return Err(CudaError::Call { function, reason: String::from("a step is being recorded") });
        }
        Ok(state)
    }

    fn run(&self, task: Task) -> Result<(), CudaError> {
        let mut state = self.state();
        match &mut state.recording {
            Some(tasks) => tasks.push(task),
            None => state.run(&task)?,
        }
        Ok(())
    }
}

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes + 2 * GUARD, GUARD).expect("far smaller than the address space")
}

impl State {
    /// Whether `bytes` bytes from `pointer` on lie in one buffer.
    fn check(&self, pointer: Pointer, bytes: usize, what: &str) -> Result<(), CudaError> {
        let found = self.buffers.range(..=pointer).next_back();
        if found.is_some_and(|(start, len)| pointer + bytes as u64 <= start + *len as u64) {
            return Ok(());
        }
        Err(CudaError::Launch { kernel: what.to_owned(), reason: format!("{bytes} bytes at {pointer:#x}") })
    }

    fn run(&mut self, task: &Task) -> Result<(), CudaError> {
        self.done += 1;
        match task {
            Task::Launch { function, grid, arguments } => self.launch(*function, *grid, arguments),
            Task::Copy { from, to, bytes } => {
                self.check(*from, *bytes, "copy")?;
                self.check(*to, *bytes, "copy")?;
                // SAFETY: both ranges lie in buffers of this emulator, which are alive; `copy` allows overlaps.
                unsafe { std::ptr::copy(*from as *const u8, *to as *mut u8, *bytes) };
                Ok(())
            }
            Task::Multiply(product) => {
                let Product { a, b, c, rows, columns, depth, bias, .. } = *product;
                for (pointer, len) in
                    [(a.pointer, rows * depth), (b.pointer, depth * columns), (c, rows * columns)]
                {
                    self.check(pointer, len * size_of::<f32>(), "multiply")?;
                }
                for vector in [bias, product.sums].into_iter().filter(|&vector| vector != 0) {
                    self.check(vector, columns * size_of::<f32>(), "multiply")?;
                }
                // SAFETY: the operands lie in buffers of this emulator, which are alive and hold `f32`.
                unsafe { multiply(product) };
                Ok(())
            }
            Task::Convolve(convolution) => {
                for (pointer, bytes, _) in convolution::operands(convolution) {
                    self.check(pointer, bytes, "convolve")?;
                }
                // SAFETY: the operands lie in buffers of this emulator, which are alive and hold the element type.
                unsafe { convolution::convolve(convolution) };
                Ok(())
            }
            Task::Zero { pointer, bytes } => {
                self.check(*pointer, *bytes, "zero")?;
                // SAFETY: the range lies in a buffer of this emulator, which is alive.
                unsafe { std::ptr::write_bytes(*pointer as *mut u8, 0, *bytes) };
                self.zeroed.insert(*pointer, self.done);
                Ok(())
            }
        }
    }

    fn launch(&self, function: Function, grid: Grid, arguments: &[Argument]) -> Result<(), CudaError> {
        let kernel = &self.functions[function.0 as usize];
        let fail = |reason: String| Err(CudaError::Launch { kernel: kernel.name.to_owned(), reason });
        let mut addresses = [std::ptr::null_mut::<c_void>(); MOST_ARGUMENTS];
        let mut kinds = [0; MOST_ARGUMENTS];
        for (place, argument) in arguments.iter().enumerate() {
            addresses[place] = argument.address();
            kinds[place] = match argument {
                Argument::Array { pointer, .. } => {
                    if *pointer != 0 {
                        self.check(*pointer, 1, kernel.name)?;
                    }
                    0
                }
                Argument::Int(_) => 1,
                Argument::Unsigned(_) => 2,
                Argument::Long(_) => 3,
                Argument::Double(_) => 4,
                Argument::TooLarge(number) => return fail(format!("{number} is more than it can count to")),
            };
        }
        let shape = [grid.blocks[0], grid.blocks[1], grid.threads[0], grid.threads[1]];
        if shape.contains(&0) || shape[2] * shape[3] > 1024 || shape[1] > 0xffff {
            return fail(format!("no GPU can launch {grid:?}"));
        }
        kernel.library.set_constants(&kernel.ints, &kernel.reals);
        // SAFETY: the entry has this signature, and checks the kinds of the arguments against the kernel's own before
        // it reads them; what the pointers are used for is checked by the guards below.
        let result = unsafe {
            (kernel.run)(shape.as_ptr(), addresses.as_mut_ptr(), kinds.as_ptr(), arguments.len() as u32)
        };
        match result {
            0 => {}
            1 => return fail(String::from("some threads wait at a barrier that others never reach")),
            _ => return fail(format!("its arguments are others than {arguments:?}")),
        }
        for (&pointer, &len) in &self.buffers {
            // SAFETY: each buffer was allocated with guards before and after it.
            let (before, after) = unsafe {
                (
                    std::slice::from_raw_parts((pointer - GUARD as u64) as *const u8, GUARD),
                    std::slice::from_raw_parts((pointer + len as u64) as *const u8, GUARD),
                )
            };
            if before.iter().chain(after).any(|&byte| byte != UNTOUCHED) {
                return fail(format!("it wrote outside of a buffer of {len} bytes"));
            }
        }
        Ok(())
    }
}

/// A product, as simply as possible.
///
/// # Safety
/// The pointers must be those of as many `f32` as the product says.
unsafe fn multiply(product: &Product) {
    let Product { a, b, c, rows, columns, depth, accumulate, bias, relu, sums, .. } = *product;
    let read = |pointer: Pointer, place: usize| {
        // SAFETY: the caller's promise.
        unsafe { (pointer as *const f32).add(place).read() }
    };
    let of = |operand: Operand, row: usize, column: usize, [rows, columns]: [usize; 2]| {
        read(operand.pointer, if operand.transposed { column * rows + row } else { row * columns + column })
    };
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let place = row * columns + column;
        let terms = (0..depth).map(|i| of(a, row, i, [rows, depth]) * of(b, i, column, [depth, columns]));
        let mut sum: f32 = terms.sum();
        if accumulate {
            sum += read(c, place);
        }
        if bias != 0 {
            sum += read(bias, column);
        }
        // SAFETY: the caller's promise.
        unsafe { (c as *mut f32).add(place).write(if relu && sum < 0.0 { 0.0 } else { sum }) };
    }
    for column in (0..columns).filter(|_| sums != 0) {
        let sum = (0..depth).map(|row| of(b, row, column, [depth, columns])).sum::<f32>();
        // SAFETY: the caller's promise.
        unsafe { (sums as *mut f32).add(column).write(sum) };
    }
}

impl Driver for Emulator {
    fn name(&self) -> String {
        String::from("emulated on the processor")
    }

    fn allocate(&self, bytes: usize) -> Result<Pointer, CudaError> {
        let mut state = self.outside_of_recordings("allocate")?;
        let taken: usize = state.buffers.values().sum();
        if self.room.as_ref().is_some_and(|room| taken + bytes > room.load(Ordering::Relaxed)) {
            return Err(CudaError::OutOfMemory { bytes });
        }
        // SAFETY: the layout has a size above zero.
        let start = unsafe { alloc(layout(bytes)) };
        if start.is_null() {
            return Err(CudaError::OutOfMemory { bytes });
        }
        // SAFETY: the allocation has `bytes` bytes between its two guards. What a GPU's memory holds at first is not
        // known: here it is such that floats are NaN.
        unsafe {
            std::ptr::write_bytes(start, UNTOUCHED, bytes + 2 * GUARD);
            std::ptr::write_bytes(start.add(GUARD), 0xFF, bytes);
        }
        let pointer = start as Pointer + GUARD as Pointer;
        state.buffers.insert(pointer, bytes);
        Ok(pointer)
    }

    unsafe fn free(&self, pointer: Pointer) {
        if let Some(bytes) = self.state().buffers.remove(&pointer) {
            // SAFETY: it was allocated with this layout, and is forgotten from now on.
            unsafe { dealloc((pointer - GUARD as Pointer) as *mut u8, layout(bytes)) };
        }
    }

    unsafe fn zero(&self, pointer: Pointer, bytes: usize) -> Result<(), CudaError> {
        self.run(Task::Zero { pointer, bytes })
    }

    unsafe fn upload(&self, values: &[u8], to: Pointer) -> Result<(), CudaError> {
        let state = self.outside_of_recordings("upload")?;
        state.check(to, values.len(), "upload")?;
        // SAFETY: the range lies in a buffer of this emulator, which is alive.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), to as *mut u8, values.len()) };
        Ok(())
    }

    unsafe fn download(&self, from: Pointer, values: &mut [u8]) -> Result<(), CudaError> {
        let state = self.outside_of_recordings("download")?;
        state.check(from, values.len(), "download")?;
        // SAFETY: the range lies in a buffer of this emulator, which is alive.
        unsafe { std::ptr::copy_nonoverlapping(from as *const u8, values.as_mut_ptr(), values.len()) };
        Ok(())
    }

    unsafe fn copy(&self, from: Pointer, to: Pointer, bytes: usize) -> Result<(), CudaError> {
        self.run(Task::Copy { from, to, bytes })
    }

    fn load(&self, program: &Program, name: &'static str) -> Result<Function, CudaError> {
        let mut state = self.outside_of_recordings("load")?;
        let library = match state.libraries.get(program) {
            Some(library) => library,
            None => {
                let library = Library::of(program)?;
                state.libraries.insert(*program, library);
                library
            }
        };
        let run = library.entry(name)?;
        let (mut ints, mut reals) = (Vec::new(), Vec::new());
        for define in program.defines() {
            match define.value {
                Value::Int(value) => ints.push(value),
                Value::Real(bits) => reals.push(f64::from_bits(bits)),
                Value::Fixed(_) => {}
            }
        }
        state.functions.push(Kernel { library, name, run, ints, reals });
        Ok(Function(state.functions.len() as u64 - 1))
    }

    unsafe fn launch(&self, function: Function, grid: Grid, arguments: &[Argument]) -> Result<(), CudaError> {
        let state = self.state();
        if state.recording.is_none() {
            return state.launch(function, grid, arguments);
        }
        drop(state);
        self.run(Task::Launch { function, grid, arguments: arguments.to_vec() })
    }

    fn room(&self) -> Result<usize, CudaError> {
        Ok(1 << 30)
    }

    unsafe fn send(
        &self,
        place: usize,
        bytes: usize,
        to: Pointer,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CudaError> {
        let state = self.state();
        let released = state.released.get(&place).copied().unwrap_or_default();
        if state.zeroed.get(&to).is_some_and(|&zeroed| zeroed > released) {
            let reason =
                String::from("the memory may be set to zero after it was sent; release the place first");
            return Err(CudaError::Call { function: "send", reason });
        }
        drop(state);
        let mut staging = vec![0; bytes];
        fill(&mut staging);
        // SAFETY: the caller's promise.
        unsafe { self.upload(&staging, to) }
    }

    fn receive(&self, _: usize) -> Result<(), CudaError> {
        Ok(())
    }

    fn release(&self, place: usize) -> Result<(), CudaError> {
        let mut state = self.state();
        let done = state.done;
        state.released.insert(place, done);
        Ok(())
    }

    unsafe fn multiply(&self, product: &Product) -> Result<bool, CudaError> {
        if self.multiplies {
            self.run(Task::Multiply(*product))?;
        }
        Ok(self.multiplies)
    }

    unsafe fn convolve(&self, convolution: &LibraryConvolution) -> Result<(), CudaError> {
        self.run(Task::Convolve(*convolution))
    }

    fn begin_recording(&self) -> Result<(), CudaError> {
        self.outside_of_recordings("begin_recording")?.recording = Some(Vec::new());
        Ok(())
    }

    fn end_recording(&self) -> Result<Graph, CudaError> {
        let mut state = self.state();
        let tasks = state.recording.take();
        state.graphs.push(tasks);
        Ok(Graph(state.graphs.len() as u64 - 1))
    }

    unsafe fn replay(&self, graph: Graph) -> Result<(), CudaError> {
        let mut state = self.outside_of_recordings("replay")?;
        let Some(tasks) = state.graphs[graph.0 as usize].take() else { return Ok(()) };
        let result = tasks.iter().try_for_each(|task| state.run(task));
        state.graphs[graph.0 as usize] = Some(tasks);
        result
    }

    fn forget(&self, graph: Graph) {
        self.state().graphs[graph.0 as usize] = None;
    }

    fn synchronize(&self) -> Result<(), CudaError> {
        self.outside_of_recordings("synchronize").map(drop)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let pointers: Vec<Pointer> = self.state().buffers.keys().copied().collect();
        // SAFETY: nothing uses the memory of a device that is gone.
        pointers.into_iter().for_each(|pointer| unsafe { self.free(pointer) });
    }
}
