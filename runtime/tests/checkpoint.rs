//! Trainings that go on from a file: the same bits as without a stop, and files that are not theirs.

use std::fs;

use layercake::data::Minibatches;
use layercake::io::{self, LoadErrorKind, checkpoint};
use layercake::prelude::*;
use layercake::random::Random;
use layercake::updates::{
    RuleOn, adadelta, adagrad, adamax, adamw, amsgrad, apply_momentum, apply_nesterov_momentum,
};
use ndarray::{Array1, Array2};
use proptest::prelude::*;

network! {
    /// With random numbers, and with averages that no rule updates.
    struct Net <
        input(4)
        => hidden: dense(6, tanh, norm = batch_norm)
        => dropout(0.3)
        => gaussian_noise(0.1)
        => dense(3, softmax)
    >
}

network! { struct Small < input(3) => dense(2, relu) => dense(4, softmax) > }

type Training<R> = Trainer<Net<f32>, CategoricalCrossentropy, R>;

fn trainer<R: RuleOn<Cpu>>(rule: R, seed: u64) -> Training<R> {
    Trainer::new(Net::new(seed), CategoricalCrossentropy, rule).seed(seed)
}

/// Makes the steps up to number `end`, eight an epoch.
fn train<R: RuleOn<Cpu>>(trainer: &mut Training<R>, end: u64) {
    let x = Array2::from_shape_fn((30, 4), |(item, feature)| ((3 * item + feature) as f32).sin());
    let classes = Array1::from_shape_fn(30, |item| item as u8 % 3);
    let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap().shuffled(5, 0);
    let len = minibatches.len() as u64;
    assert_eq!(len, 8);
    while trainer.update.steps() < end {
        let done = trainer.update.steps();
        minibatches.restart(done / len);
        minibatches.skip((done % len) as usize);
        while trainer.update.steps() < end
            && let Some((x, classes)) = minibatches.next()
        {
            trainer.step(x, classes).unwrap();
        }
    }
}

fn bits<R: RuleOn<Cpu>>(trainer: &Training<R>) -> Vec<Vec<u32>> {
    let arrays = trainer.net.parameters().into_iter().chain(trainer.update.states());
    arrays.map(|array| array.view().iter().map(|value| value.to_bits()).collect()).collect()
}

/// Stops within an epoch, and between two.
fn goes_on<R: RuleOn<Cpu>>(rule: R) {
    let mut whole = trainer(rule.clone(), 1);
    train(&mut whole, 48);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("training");
    let mut stopped = trainer(rule.clone(), 1);
    for stop in [13, 24] {
        train(&mut stopped, stop);
        stopped.save(&path).unwrap();
        // What a new process makes, from other seeds, so that all must come from the file.
        stopped = trainer(rule.clone(), 2);
        assert_ne!(bits(&stopped), bits(&whole));
        stopped.load(&path).unwrap();
        assert_eq!(stopped.update.steps(), stop);
    }
    train(&mut stopped, 48);
    assert_eq!(bits(&stopped), bits(&whole));
}

macro_rules! rules {
    ($($name:ident: $rule:expr;)*) => {$(
        #[test]
        fn $name() {
            goes_on($rule);
        }
    )*};
}

rules! {
    sgd_goes_on: sgd(0.1);
    momentum_goes_on: momentum(0.1, 0.9);
    nesterov_momentum_goes_on: nesterov_momentum(0.1, 0.9);
    adagrad_goes_on: adagrad(0.1);
    rmsprop_goes_on: rmsprop(0.01);
    adadelta_goes_on: adadelta();
    adam_goes_on: adam(0.01);
    adamw_goes_on: adamw(0.01);
    adamax_goes_on: adamax(0.01);
    amsgrad_goes_on: amsgrad(0.01);
    momentum_over_another_rule_goes_on: apply_momentum(adam(0.01), 0.5);
    momentum_over_momentum_goes_on: apply_nesterov_momentum(momentum(0.01, 0.5), 0.5);
}

fn small() -> (Small<f32>, Update<impl RuleOn<Cpu>, Small<f32>>, Random) {
    let mut net = Small::new(1);
    let mut update = Update::new(adam(0.01), &net);
    let mut gradients = net.training(1).gradients;
    for parameter in gradients.parameters_mut() {
        parameter.view_mut().fill(0.5);
    }
    update.step(&mut net, &mut gradients).unwrap();
    (net, update, Random::new(u64::MAX).next_step())
}

fn written() -> Vec<u8> {
    let (net, update, random) = small();
    let mut file = Vec::new();
    checkpoint::write(&net, &update, random, &mut file).unwrap();
    file
}

/// What loading a file into another training says; the training must stay as it was.
fn error<R: RuleOn<Cpu>>(rule: R, file: &[u8]) -> LoadErrorKind {
    let (mut net, mut random) = (Small::<f32>::new(2), Random::new(3));
    let mut update = Update::new(rule, &net);
    let before = net.parameter_values();
    let error = checkpoint::read(&mut net, &mut update, &mut random, file).expect_err("the file is wrong");
    assert_eq!(net.parameter_values(), before, "after: {error}");
    assert!(update.states().all(|state| state.view().iter().all(|&value| value == 0.0)), "after: {error}");
    assert_eq!((update.steps(), random), (0, Random::new(3)), "after: {error}");
    error
}

#[test]
fn everything_comes_back() {
    let (net, update, random) = small();
    let file = written();
    assert_eq!(file, written(), "the same training, other bytes");
    let (mut loaded, mut loaded_random) = (Small::<f32>::new(2), Random::new(3));
    let mut loaded_update = Update::new(adam(0.01), &loaded);
    checkpoint::read(&mut loaded, &mut loaded_update, &mut loaded_random, &file[..]).unwrap();
    assert_eq!(loaded.parameter_values(), net.parameter_values());
    assert_eq!((loaded_update.steps(), loaded_random), (update.steps(), random));
    for (state, expected) in loaded_update.states().zip(update.states()) {
        assert_eq!((state.name(), state.get()), (expected.name(), expected.get()));
    }
    let names: Vec<_> = loaded_update.states().map(|state| state.name()).collect();
    assert_eq!(names[..3], ["dense1.w.mean", "dense1.w.mean_square", "dense1.b.mean"]);
    assert_eq!(names.len(), 8);
}

#[test]
fn files_of_other_trainings_are_named_errors() {
    let file = written();
    let text = error(adagrad(0.01), &file).to_string();
    assert!(
        text.starts_with(
            "holds of each value `mean`, `mean_square`, and the rule of this update remembers `sum_of_squares`; "
        ),
        "{text}"
    );
    assert!(
        matches!(error(sgd(0.1), &file), LoadErrorKind::OtherRule { expected, .. } if expected.is_empty())
    );

    network! { struct Wider < input(3) => dense(5, relu) => dense(4, softmax) > }
    network! { struct Deeper < input(3) => dense(2, relu) => dense(4, tanh) => dense(4, softmax) > }
    fn of<N: Network<Device = Cpu>>(mut net: N, file: &[u8]) -> LoadErrorKind {
        let (mut update, mut random) = (Update::new(adam(0.01), &net), Random::new(1));
        checkpoint::read(&mut net, &mut update, &mut random, file).unwrap_err()
    }
    let wrong = of(Wider::<f32>::new(1), &file);
    assert!(wrong.to_string().starts_with("the array `dense1.w` has shape [3, 2], "), "{wrong}");
    let wrong = of(Deeper::<f32>::new(1), &file);
    assert!(
        matches!(&wrong, LoadErrorKind::MissingArrays { missing, expected: 18, .. } if missing.len() == 6),
        "{wrong}"
    );
    let wrong = of(Small::<f64>::new(1), &file);
    assert!(matches!(wrong, LoadErrorKind::WrongDtype { expected: "f64", .. }), "{wrong}");
}

#[test]
fn a_network_alone_is_no_training() {
    let mut file = Vec::new();
    io::safetensors::write(&Small::<f32>::new(1), &mut file).unwrap();
    let text = error(adam(0.01), &file).to_string();
    assert!(
        text.starts_with("holds no training to go on from: its metadata has no entry `training`; "),
        "{text}"
    );
    assert!(text.ends_with("`io::load`"), "{text}");
    let wrong = io::safetensors::read(&mut Small::<f32>::new(1), &written()[..]).unwrap_err();
    assert!(matches!(wrong, LoadErrorKind::Checkpoint), "{wrong}");
    assert_eq!(
        wrong.to_string(),
        "is the checkpoint of a training, with what its update remembers; load it by `Trainer::load` or \
         `io::checkpoint::load`, into the same rule of update"
    );
}

#[test]
fn a_place_that_is_none_is_an_error() {
    let file = written();
    let find = |text: &[u8]| file.windows(text.len()).position(|window| window == text).unwrap();
    let (start, end) = (find(b"{\\\"random"), find(b"}\"") + 1);
    let length = end - start;
    for place in [
        r#"{"random_step":1,"seed":1,"states":["mean","mean_square"]}"#,
        r#"{"random_step":1,"seed":1,"states":["mean","mean_square"],"steps":-1}"#,
        r#"{"random_step":1,"seed":1,"states":["mean","mean_square"],"steps":1.5}"#,
        r#"{"random_step":1,"seed":1,"states":["mean","mean_square"],"steps":1e400}"#,
        r#"{"random_step":1,"seed":1,"states":["mean","mean_square"],"steps":99999999999999999}"#,
        r#"{"random_step":1,"seed":1,"states":["mean",7],"steps":1}"#,
        r#"{"random_step":1,"seed":1,"states":7,"steps":1}"#,
        r#"{"random_step":1,"seed":"1","states":["mean","mean_square"],"steps":1}"#,
        "[]",
        "7",
        "no JSON",
        "",
    ] {
        let place = place.replace('"', "\\\"");
        let mut file = file.clone();
        file[start..end].copy_from_slice(format!("{place:length$}").as_bytes());
        let wrong = error(adam(0.01), &file);
        assert!(matches!(wrong, LoadErrorKind::NoTraining { .. }), "{place}: {wrong}");
    }
}

#[test]
fn every_file_cut_off_is_an_error() {
    let whole = written();
    for end in 0..whole.len() {
        error(adam(0.01), &whole[..end]);
    }
    let longer = [&whole[..], &[0]].concat();
    error(adam(0.01), &longer);
}

#[test]
fn a_file_out_of_reach_is_an_error_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent/training");
    let mut trainer = trainer(adam(0.1), 1);
    assert!(trainer.save(&path).unwrap_err().to_string().contains("absent"));
    assert!(trainer.load(&path).unwrap_err().to_string().contains("absent"));
    // An earlier file survives.
    let path = folder.path().join("training");
    trainer.save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else was left behind");
    trainer.load(&path).unwrap();
    trainer.save(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

proptest! {
    #[test]
    fn random_bytes_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        error(adam(0.01), &bytes);
    }

    #[test]
    fn changed_bytes_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut file = written();
        for (index, byte) in changes {
            let index = index.index(file.len());
            file[index] = byte;
        }
        let (mut net, mut random) = (Small::<f32>::new(2), Random::new(3));
        let mut update = Update::new(adam(0.01), &net);
        if checkpoint::read(&mut net, &mut update, &mut random, &file[..]).is_ok() {
            let mut gradients = net.training(1).gradients;
            update.step(&mut net, &mut gradients).unwrap();
        }
    }
}
