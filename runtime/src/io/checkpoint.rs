//! A training in a file: all that it takes to go on as if it had never stopped, with the same bits.
//!
//! [`Trainer::save`](crate::train::Trainer::save) and its `load` do this; for a loop by hand:
//!
//! ```
//! use layercake::io::checkpoint;
//! use layercake::prelude::*;
//!
//! network! { pub struct Mlp < input(4) => dropout(0.2) => dense(8, relu) => dense(3, softmax) > }
//!
//! let mut net = Mlp::<f32>::new(1);
//! let (mut training, mut update) = (net.training(1), Update::new(adam(0.001), &net));
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("training.safetensors");
//! checkpoint::save(&net, &update, training.random, &path)?;
//! checkpoint::load(&mut net, &mut update, &mut training.random, &path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It is a safetensors file with the parameters by their names, what the update remembers of them beside, such as
//! `dense1.w.mean`, and as metadata one entry `training`: how many steps were made, what the rule remembers, and the place
//! in the random numbers. All else is the program's and must be the same when it goes on: the network's text, the rule with
//! its settings, penalty and constraints, and the minibatches, whose order follows from their seed and the number of the
//! epoch.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use safetensors::tensor::Metadata;
use serde_json::{Value, json};

use super::expected::set_values;
use super::safetensors::{expected, read_arrays, read_header, write_arrays};
use super::{LoadError, LoadErrorKind, SaveError, atomic, open};
use crate::random::Random;
use crate::updates::{RuleOn, Update};
use crate::{Network, Parameter};

/// The metadata's entry.
const ENTRY: &str = "training";

/// More steps than any training makes, so that counting on from a file's number is safe.
const MOST_STEPS: u64 = 1 << 53;

/// Saves a network in training, its update, and the place in the random numbers, which is `training.random`.
///
/// # Errors
/// If the file cannot be written; a file of that name stays as it was.
pub fn save<N: Network, R: RuleOn<N::Device>>(
    net: &N,
    update: &Update<R, N>,
    random: Random,
    path: impl AsRef<Path>,
) -> Result<(), SaveError> {
    let path = path.as_ref();
    atomic::replace(path, |file| write(net, update, random, file))
        .map_err(|error| SaveError::new(path, error.into()))
}

/// Loads what [`save`] saved.
///
/// # Errors
/// If the file cannot be read, is no checkpoint, or is one of another network or rule. Everything then stays as it was.
pub fn load<N: Network, R: RuleOn<N::Device>>(
    net: &mut N,
    update: &mut Update<R, N>,
    random: &mut Random,
    path: impl AsRef<Path>,
) -> Result<(), LoadError> {
    let path = path.as_ref();
    open(path).and_then(|file| read(net, update, random, file)).map_err(|kind| LoadError::new(path, kind))
}

/// Writes the file to anything.
///
/// # Errors
/// If writing fails, or the network's device cannot give its values.
pub fn write<N: Network, R: RuleOn<N::Device>>(
    net: &N,
    update: &Update<R, N>,
    random: Random,
    writer: impl Write,
) -> io::Result<()> {
    let (seed, step) = random.seed_and_step();
    let states: Vec<_> = R::STATES.distinct().collect();
    let training = json!({ "steps": update.steps(), "states": states, "seed": seed, "random_step": step });
    // One entry alone: several would come in any order, and the same training should give the same bytes.
    let words = HashMap::from([(ENTRY.to_owned(), training.to_string())]);
    write_arrays(parameters(net, update), Some(words), writer)
}

/// Reads a file from anything.
///
/// # Errors
/// As for [`load`].
pub fn read<N: Network, R: RuleOn<N::Device>>(
    net: &mut N,
    update: &mut Update<R, N>,
    random: &mut Random,
    mut reader: impl Read,
) -> Result<(), LoadErrorKind> {
    let arrays = expected(&parameters(net, update));
    let header = read_header(&mut reader, arrays.len())?;
    let words = header.metadata().as_ref().and_then(|words| words.get(ENTRY));
    let place =
        Place::parse(words.ok_or_else(|| no_training(format!("its metadata has no entry `{ENTRY}`")))?)?;
    let states: Vec<_> = R::STATES.distinct().collect();
    if place.states != states {
        return Err(LoadErrorKind::OtherRule { found: place.states, expected: states });
    }
    let mut values = read_arrays(&arrays, &header, reader)?;
    let of_update = values.split_off(net.parameters().len());
    for (state, values) in update.states_mut().zip(&of_update) {
        state.set(values.view()).expect("the shape was checked");
    }
    update.set_steps(place.steps);
    *random = place.random;
    set_values(net, &values)
}

/// Whether a file with this header is a checkpoint.
pub(super) fn is_one(header: &Metadata) -> bool {
    header.metadata().as_ref().is_some_and(|words| words.contains_key(ENTRY))
}

/// All that has values: first the network's parameters, then what the update remembers.
fn parameters<'a, N: Network, R: RuleOn<N::Device>>(
    net: &'a N,
    update: &'a Update<R, N>,
) -> Vec<&'a Parameter<N::Real, N::Device>> {
    net.parameters().into_iter().chain(update.states()).collect()
}

/// Where a training was.
struct Place {
    steps: u64,
    states: Vec<String>,
    random: Random,
}

impl Place {
    fn parse(text: &str) -> Result<Self, LoadErrorKind> {
        let words: Value = serde_json::from_str(text)
            .map_err(|error| no_training(format!("its entry `{ENTRY}` cannot be read: {error}")))?;
        let wrong = |name| no_training(format!("its entry `{ENTRY}` has no `{name}`, or a wrong one"));
        let number = |name| words[name].as_u64().ok_or_else(|| wrong(name));
        let states = words["states"].as_array().and_then(|names| {
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        Ok(Place {
            steps: Some(number("steps")?)
                .filter(|&steps| steps < MOST_STEPS)
                .ok_or_else(|| wrong("steps"))?,
            states: states.ok_or_else(|| wrong("states"))?,
            random: Random::at_step(number("seed")?, number("random_step")?),
        })
    }
}

fn no_training(reason: String) -> LoadErrorKind {
    LoadErrorKind::NoTraining { reason }
}
