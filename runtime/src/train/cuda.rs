//! Epochs on NVIDIA GPUs: the first step of a size is done as any other, the second one recorded, the others replayed.

use ndarray::{ArrayView, Axis, RemoveAxis, Slice};

use super::{Epochs, TrainError, Trainer};
use crate::Real;
use crate::arrays::IntoInputs;
use crate::cuda::{Argument, Cuda, HostData};
use crate::data::{Element, Minibatches};
use crate::device::Device;
use crate::network::Network;
use crate::objectives::Objective;
use crate::regularization::PenaltyOn;
use crate::updates::RuleOn;

impl Epochs for Cuda {
    fn epoch<T, N, O, R, P, U, D, E>(
        trainer: &mut Trainer<N, O, R, P>,
        minibatches: &mut Minibatches<'_, T, U, D, E>,
    ) -> Result<f64, TrainError>
    where
        T: Real,
        N: Network<Device = Self>,
        for<'a> ArrayView<'a, T, D>: IntoInputs<N::Inputs<'a>>,
        O: for<'a> Objective<N::Heads, ArrayView<'a, U, E>>,
        R: RuleOn<Self>,
        P: PenaltyOn<Self>,
        U: Element,
        D: RemoveAxis,
        E: RemoveAxis,
    {
        let device = trainer.net.device().clone();
        let set = minibatches.rest();
        let (inputs, targets) = (set.inputs.as_slice(), set.targets.as_slice());
        let (inputs, targets) = (inputs.unwrap_or_default(), targets.unwrap_or_default());
        let examples = set.inputs.len_of(Axis(0));
        let host = HostData { id: set.id, inputs, targets, examples, batch_size: set.batch_size };
        trainer.epochs.keep_for(identity(trainer, &device));
        let part_size = trainer.epochs.load(&device, host);
        let sizes: Vec<usize> = set.order.chunks(set.batch_size).map(<[u32]>::len).collect();
        trainer.epochs.begin(&device, &set.order, sizes.len());
        trainer.update.prepare(&device);
        Device::status(&device)?;
        let (steps, random) = (trainer.update.steps(), trainer.training.random);
        trainer.epochs.send(&device, 0, inputs, &set.order);
        let parts = sizes.chunks(part_size.div_ceil(set.batch_size).max(1));
        let result = parts.enumerate().try_for_each(|(part, sizes)| {
            let place = trainer.epochs.feed(&device, part);
            for &size in sizes {
                // The device gathers the examples: those of the host only tell the shapes.
                let rows = Slice::from(..size);
                let (inputs, targets) =
                    (set.inputs.slice_axis(Axis(0), rows), set.targets.slice_axis(Axis(0), rows));
                step(trainer, &device, (size, place), inputs, targets)?;
            }
            trainer.epochs.release(&device, part);
            // While the device works on these steps.
            trainer.epochs.send(&device, part + 1, inputs, &set.order);
            Ok::<_, TrainError>(())
        });
        let losses = trainer.epochs.end(&device, sizes.len());
        result?;
        Device::status(&device)?;
        if let Some(place) = losses.iter().position(|loss| !loss.is_finite()) {
            // The steps from here on changed no parameter: go on after this one, as if it had been the last.
            trainer.update.set_steps(steps + place as u64);
            trainer.training.random = (0..=place).fold(random, |random, _| random.next_step());
            // Of targets on the device only the loss tells: a class that is not there makes it NaN. Of the same minibatch
            // from the host the objective says what is wrong, if it is the targets.
            let order = set.order.chunks(set.batch_size).nth(place).unwrap_or_default();
            let examples: Vec<usize> = order.iter().map(|&example| example as usize).collect();
            let targets = set.targets.select(Axis(0), &examples);
            trainer.evaluate(set.inputs.select(Axis(0), &examples).view(), targets.view())?;
            return Err(TrainError::NotFinite { step: steps + 1 + place as u64, loss: losses[place] });
        }
        let sum: f64 = losses.iter().zip(&sizes).map(|(loss, &size)| loss * size as f64).sum();
        Ok(sum / set.order.len() as f64)
    }
}

/// What recorded steps name: the memory of the network and of its update, and this thread's.
fn identity<N, O, R, P>(trainer: &Trainer<N, O, R, P>, device: &Cuda) -> Vec<Argument>
where
    N: Network<Device = Cuda>,
    R: RuleOn<Cuda>,
{
    let mut memory = vec![device.step_cell()];
    trainer.net.visit(&mut |parameter| memory.push(parameter.slice().into()));
    memory.extend(trainer.update.states().map(|state| Argument::from(state.slice())));
    memory
}

/// One step of `size` examples, whose data are at `place`: done, recorded, or replayed.
fn step<'a, N, O, R, P, G>(
    trainer: &mut Trainer<N, O, R, P>,
    device: &Cuda,
    (size, place): (usize, usize),
    inputs: impl IntoInputs<N::Inputs<'a>>,
    targets: G,
) -> Result<(), TrainError>
where
    N: Network<Device = Cuda>,
    O: Objective<N::Heads, G>,
    R: RuleOn<Cuda>,
    P: PenaltyOn<Cuda>,
{
    let before = trainer.training.random;
    let recording = trainer.epochs.recordings.get(&(size, place));
    if let Some(Some(recording)) = recording
        && device.can_replay(recording)
    {
        device.replay(recording, before);
        trainer.training.random = before.next_step();
        trainer.update.set_steps(trainer.update.steps() + 1);
        return Ok(());
    }
    let seen = matches!(recording, Some(None));
    let whole_step = || {
        trainer.step(inputs, targets)?;
        device.end_fed_step(size);
        Ok::<_, TrainError>(())
    };
    if !seen {
        // The first time memory is allocated and kernels are compiled, which cannot be recorded.
        whole_step()?;
        trainer.epochs.recordings.insert((size, place), None);
        return Ok(());
    }
    let (result, recording) = device.record(whole_step);
    result?;
    if let Some(recording) = &recording {
        device.replay(recording, before);
    }
    trainer.epochs.recordings.insert((size, place), recording);
    Ok(())
}
