//! Repeated inference: the first pass of a size is done as any other, the second one recorded, the others replayed, each by one
//! launch.

use super::Cuda;
use super::driver::Argument;
use super::memory::Slice;
use super::recording::Recording;
use crate::Real;
use crate::parameters::Parameters;
use crate::random::Random;

/// What an inference keeps between passes.
#[derive(Debug, Default)]
pub struct Passes {
    /// The memory that passes name beside that of the inference itself, and the sizes of their batch.
    of: Vec<Argument>,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// No pass of this size was done yet: one allocates memory and compiles kernels, which cannot be recorded.
    #[default]
    New,
    /// One was.
    Seen,
    /// It can be replayed.
    Recorded(Recording),
    /// It asks for what cannot be recorded, such as memory in each pass.
    Unrecordable,
}

impl Passes {
    /// Says what the next pass names beside the inference's own memory; what is not as before begins anew.
    pub(super) fn begin<T: Real>(
        &mut self,
        of_thread: Argument,
        parameters: &impl Parameters<T, Cuda>,
        outputs: &[Slice<'_, T>],
        sizes: [usize; 2],
    ) {
        let mut place = 0;
        let mut name = |name: Argument| {
            if self.of.get(place) != Some(&name) {
                self.of.truncate(place);
                self.of.push(name);
                self.state = State::New;
            }
            place += 1;
        };
        name(of_thread);
        sizes.into_iter().for_each(|size| name(Argument::Long(size as u64)));
        outputs.iter().for_each(|&output| name(output.into()));
        parameters.visit(&mut |parameter| name(parameter.slice().into()));
    }
}

impl Cuda {
    /// Does a pass, by its recording if there is one.
    pub(super) fn compute_or_replay(&self, passes: &mut Passes, mut pass: impl FnMut()) {
        match &passes.state {
            State::Recorded(recording) if self.can_replay(recording) => {
                return self.replay(recording, Random::new(0));
            }
            State::Seen if !self.has_failed() => {}
            State::Unrecordable => return pass(),
            State::New | State::Seen | State::Recorded(_) => {
                pass();
                passes.state = if self.has_failed() { State::New } else { State::Seen };
                return;
            }
        }
        let ((), recording) = self.record(&mut pass);
        match recording {
            Some(recording) => {
                self.replay(&recording, Random::new(0));
                passes.state = State::Recorded(recording);
            }
            None => {
                // Nothing was done: once more, and whatever is wrong beside is told then.
                self.shared.pool.take_failure();
                pass();
                passes.state = State::Unrecordable;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::device::Device;

    /// From the third pass on nothing is asked for but the replay.
    #[test]
    fn the_third_pass_is_replayed() {
        let Ok(cuda) = Cuda::emulated() else { return eprintln!("skipped: no C++ compiler") };
        let (mut passes, mut buffer, asked) = (Passes::default(), Default::default(), Cell::new(0));
        cuda.reserve::<f32>(&mut buffer, 3);
        let mut read = |passes: &mut Passes, sizes: [usize; 2]| {
            cuda.zero(&Cuda::slice_mut(&mut buffer, 3));
            let values = Cuda::slice_mut(&mut buffer, 3);
            passes.begin::<f32>(cuda.step_cell(), &(), &[], sizes);
            cuda.compute_or_replay(passes, || {
                asked.set(asked.get() + 1);
                cuda.fill(&values, 7.0);
            });
            let mut found = [0.0; 3];
            cuda.download(&buffer, &mut found).unwrap();
            (found, asked.get())
        };
        for expected in [1, 2, 2, 2] {
            assert_eq!(read(&mut passes, [1, 0]), ([7.0; 3], expected));
        }
        for expected in [3, 4, 4] {
            assert_eq!(read(&mut passes, [2, 0]), ([7.0; 3], expected));
        }
        // Memory that was given back may have been what the recording names: once more, as long as it is not recorded anew.
        drop(cuda.allocate(1));
        for expected in [5, 6, 6] {
            assert_eq!(read(&mut passes, [2, 0]), ([7.0; 3], expected));
        }
    }
}
