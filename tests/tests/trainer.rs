//! The trainer does what the loop by hand does, and stops before harm is done.

use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake::random::Random;
use layercake::regularization::{Both, Penalty, PenaltyError, check, penalize};
use layercake::train::TrainError;
use layercake::updates::{norm_constraint, total_norm_constraint};
use ndarray::{Array1, Array2, array};

network! { struct Small < input(4) => dense(9, tanh) => dropout(0.4) => dense(3, softmax) > }

network! { struct Line < input(2) => dense(1, linear) > }

fn data() -> (Array2<f64>, Array1<i32>) {
    let x = Array2::from_shape_fn((12, 4), |(item, feature)| ((3 * item + feature) as f64).sin());
    let classes = Array1::from_shape_fn(12, |item| item as i32 % 3);
    (x, classes)
}

#[test]
fn the_trainer_is_the_loop_by_hand() {
    let (x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, adam(0.01))
        .seed(8)
        .penalty(L2(0.01))
        .max_gradient_norm(0.5)
        .max_norm(0.8);

    let mut net = Small::<f64>::new(3);
    let mut training = net.training(0);
    training.random = Random::new(8);
    let mut update = Update::new(adam(0.01), &net);
    for _ in 0..5 {
        net.forward_training(&mut training, &x).unwrap();
        let mut loss = CategoricalCrossentropy.evaluate(&mut training.outputs, &classes).unwrap();
        net.backward(&mut training);
        loss += penalize(&Cpu::default(), &L2(0.01), &mut net, &mut training.gradients);
        assert!(total_norm_constraint(&Cpu::default(), &mut training.gradients, 0.5).unwrap() > 0.0);
        update.step(&mut net, &mut training.gradients).unwrap();
        for w in [&mut net.dense1.w, &mut net.dense2.w] {
            norm_constraint(&mut w.view_mut(), 0.8, None).unwrap();
        }
        assert_eq!(trainer.step(&x, &classes).unwrap(), loss);
    }
    assert_eq!(trainer.net.parameter_values(), net.parameter_values());
    assert!(net.dense1.w.view().iter().all(|w| w.abs() <= 0.8));
    assert_ne!(net.parameter_values(), Small::<f64>::new(3).parameter_values());
}

#[test]
fn evaluation_is_without_dropout_and_penalty() {
    let (x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1)).penalty(L2(1.0));
    let loss = trainer.evaluate(&x, &classes).unwrap();
    assert_eq!(trainer.evaluate(&x, &classes).unwrap(), loss);
    let probabilities = trainer.net.forward(&x).unwrap();
    assert_eq!(trainer.outputs().values(), probabilities);
    let expected =
        -probabilities.rows().into_iter().zip(&classes).map(|(p, &t)| p[t as usize].ln()).sum::<f64>();
    assert!((loss - expected / 12.0).abs() < 1e-14);
    assert!(trainer.step(&x, &classes).unwrap() > loss);
}

#[test]
fn a_loss_that_is_not_finite_changes_nothing() {
    let (mut x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, momentum(0.1, 0.9));
    trainer.step(&x, &classes).unwrap();
    let before = trainer.net.parameter_values();
    x[[7, 2]] = f64::NAN;
    let error = trainer.step(&x, &classes).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { step: 2, .. }), "{error}");
    assert!(error.to_string().starts_with("the loss of step 2 is NaN, and the parameters were not updated"));
    assert_eq!(trainer.net.parameter_values(), before);
    x[[7, 2]] = 0.0;
    trainer.step(&x, &classes).unwrap();

    let mut trainer = Trainer::new(Line::<f64>::new(3), SquaredError, sgd(0.1));
    let error = trainer.step(&array![[1e300, 0.0]], &array![[0.0]]).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { step: 1, loss: f64::INFINITY }), "{error}");
}

#[test]
fn running_averages_do_not_follow_what_is_not_finite() {
    network! { struct Normalized < input(4) => dense(5, relu, norm = batch_norm) => dense(3, softmax) > }
    let (mut x, classes) = data();
    let mut trainer = Trainer::new(Normalized::<f64>::new(3), CategoricalCrossentropy, sgd(0.1));
    trainer.step(&x, &classes).unwrap();
    let before = trainer.net.parameter_values();
    x[[7, 2]] = f64::NAN;
    trainer.step(&x, &classes).unwrap_err();
    assert_eq!(trainer.net.parameter_values(), before);
}

#[test]
fn an_epoch_at_its_end_is_an_error() {
    let (x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1));
    let mut batches = Minibatches::new(x.view(), classes.view(), 5).unwrap();
    assert!(trainer.epoch(&mut batches).unwrap() > 0.0);
    let error = trainer.epoch(&mut batches).unwrap_err();
    assert!(error == TrainError::NoExamples && error.to_string().contains("`restart`"), "{error}");
    batches.restart(2);
    assert!(trainer.epoch(&mut batches).unwrap() > 0.0);
}

#[test]
fn errors_of_inputs_and_targets_pass_through() {
    let (x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1));
    let before = trainer.net.parameter_values();
    let error = trainer.step(&Array2::zeros((12, 5)), &classes).unwrap_err().to_string();
    assert!(error.contains("must be (batch, 4)"), "{error}");
    let error = trainer.step(&x, &(&classes + 1)).unwrap_err().to_string();
    assert!(error.contains("is class 3, and the classes are 0 to 2"), "{error}");
    assert_eq!(trainer.net.parameter_values(), before);
}

#[test]
fn the_learning_rate_may_change() {
    let (x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1));
    let before = trainer.net.parameter_values();
    trainer.update.rule.learning_rate = 0.0;
    trainer.step(&x, &classes).unwrap();
    assert_eq!(trainer.net.parameter_values(), before);
    assert_eq!(trainer.update.steps(), 1);
}

#[test]
fn several_outputs_add_up() {
    network! {
        struct Two <
            let hidden = input(4) => dense(6, tanh);
            (hidden => dense(3, softmax), hidden => dense(1, linear))
        >
    }
    let (x, classes) = data();
    let values = Array2::from_elem((12, 1), 0.5);
    let objective = (CategoricalCrossentropy, SquaredError);
    let mut trainer = Trainer::new(Two::<f64>::new(3), objective, nesterov_momentum(0.1, 0.9));
    let first = trainer.evaluate(&x, (&classes, &values)).unwrap();
    for _ in 0..200 {
        trainer.step(&x, (&classes, &values)).unwrap();
    }
    assert!(trainer.evaluate(&x, (&classes, &values)).unwrap() < 0.5 * first);
    let regression = trainer.outputs().1.values().to_owned();
    assert!(regression.iter().all(|value| (value - 0.5).abs() < 0.05), "{regression}");
}

#[test]
fn an_output_without_a_gradient_counts_nothing() {
    network! { struct Two < let x = input(4); (x => one: dense(3, softmax), x => other: dense(1, tanh)) > }
    let (x, classes) = data();
    let mut net = Two::<f64>::new(3);
    let mut training = net.training(1);
    let values = Array2::from_elem((12, 1), 0.5);
    net.forward_training(&mut training, &x).unwrap();
    (CategoricalCrossentropy, SquaredError).evaluate(&mut training.outputs, (&classes, &values)).unwrap();
    net.backward(&mut training);
    assert!(training.gradients.other.w.get().iter().all(|&gradient| gradient != 0.0));

    // The next step asks for the first output alone: nothing is left of the gradient before.
    net.forward_training(&mut training, &x).unwrap();
    CategoricalCrossentropy.evaluate(&mut training.outputs.0, &classes).unwrap();
    net.backward(&mut training);
    assert!(training.gradients.one.w.get().iter().all(|&gradient| gradient != 0.0));
    assert!(training.gradients.other.w.get().iter().all(|&gradient| gradient == 0.0));
}

#[test]
fn a_known_problem_is_solved() {
    // Linear regression on exact data: the least-squares solution is the generating one.
    let x = array![[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [-1.0, 2.0]];
    let y = array![[-1.5], [2.5], [1.5], [-5.5]]; // 3 a - 1 b - 0.5
    let mut trainer = Trainer::new(Line::<f64>::new(1), SquaredError, nesterov_momentum(0.05, 0.9));
    for _ in 0..2000 {
        trainer.step(&x, &y).unwrap();
    }
    let net = &trainer.net;
    let found = [net.dense1.w.view()[[0, 0]], net.dense1.w.view()[[1, 0]], net.dense1.b.view()[0]];
    for (found, expected) in found.into_iter().zip([3.0, -1.0, -0.5]) {
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }
}

network! {
    struct Tied <
        let once = input(3) => code: dense(3, tanh);
        once => again: dense(3, tanh, share = code) => dense(2, softmax)
    >
}

#[test]
fn shared_parameters_are_penalised_once_and_by_the_name_of_the_first() {
    let x = array![[0.1, 0.2, 0.3], [-0.4, 0.5, 0.6]];
    let classes = array![0, 1];
    let trainer = || Trainer::new(Tied::<f64>::new(3), CategoricalCrossentropy, sgd(0.1));
    let without = trainer().step(&x, &classes).unwrap();
    let with = trainer().penalty(L2(0.5).on(["code"])).step(&x, &classes).unwrap();
    let squares: f64 = trainer().net.code.w.view().iter().map(|w| w * w).sum();
    assert!((with - without - 0.5 * squares).abs() < 1e-12, "{with} and {without}");
    let error = trainer().penalty(L2(0.5).on(["again"])).step(&x, &classes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a penalty is on `again`, which is neither a parameter nor a layer with parameters of its own; the parameters \
         are code.w, code.b, dense1.w, dense1.b"
    );
}

#[test]
fn a_penalty_on_what_is_not_there_is_named() {
    let (x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1))
        .penalty(Both(L2(1.0).on(["dense1"]), L2(1.0).on(["dens2"])));
    let error = trainer.step(&x, &classes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a penalty is on `dens2`, which is neither a parameter nor a layer with parameters of its own; the parameters \
         are dense1.w, dense1.b, dense2.w, dense2.b"
    );
    // Also of one that the trainer gets later on, and in an epoch.
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1)).penalty(L2(1.0));
    trainer.step(&x, &classes).unwrap();
    let mut trainer = trainer.penalty(L2(1.0).on(["dense3"]));
    let before = trainer.net.parameter_values();
    let mut batches = Minibatches::new(x.view(), classes.view(), 5).unwrap();
    for error in [trainer.step(&x, &classes), trainer.epoch(&mut batches)].map(Result::unwrap_err) {
        assert!(
            matches!(&error, TrainError::Penalty(PenaltyError::Name { name, .. }) if name == "dense3"),
            "{error}"
        );
    }
    assert_eq!(trainer.net.parameter_values(), before);
    trainer.penalty(L2(1.0).on(["dense2"])).step(&x, &classes).unwrap();
}

#[test]
fn constraints_that_leave_nothing_are_named() {
    let (x, classes) = data();
    let trainer = || Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1));
    for wrong in [-1.0, 0.0, f64::NAN] {
        for (name, mut trainer) in [
            ("max_norm", trainer().max_norm(wrong)),
            ("max_gradient_norm", trainer().max_gradient_norm(wrong)),
        ] {
            let before = trainer.net.parameter_values();
            let error = trainer.step(&x, &classes).unwrap_err().to_string();
            assert_eq!(error, format!("{name}: the largest norm is {wrong}, and must be above 0"));
            assert_eq!(trainer.net.parameter_values(), before);
        }
    }
    trainer().max_norm(f64::INFINITY).max_gradient_norm(f64::INFINITY).step(&x, &classes).unwrap();
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let (x, classes) = data();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, momentum(-0.1, 0.9));
    let before = trainer.net.parameter_values();
    let mut batches = Minibatches::new(x.view(), classes.view(), 5).unwrap();
    for error in [trainer.step(&x, &classes), trainer.epoch(&mut batches)].map(Result::unwrap_err) {
        assert_eq!(
            error.to_string(),
            "the update's `learning_rate` is -0.1, and must be a finite number of at least 0"
        );
    }
    assert_eq!((trainer.net.parameter_values(), trainer.update.steps()), (before, 0));
    // A schedule may go wrong at any step.
    trainer.update.set_learning_rate(0.1);
    trainer.step(&x, &classes).unwrap();
    trainer.update.set_learning_rate(f64::NAN);
    trainer.step(&x, &classes).unwrap_err();
    assert_eq!(trainer.update.steps(), 1);
}

#[test]
fn settings_of_penalties_that_make_no_sense_are_named() {
    let (x, classes) = data();
    let mut batches = Minibatches::new(x.view(), classes.view(), 5).unwrap();
    let mut trainer = Trainer::new(Small::<f64>::new(3), CategoricalCrossentropy, sgd(0.1))
        .penalty(Both(L2(0.1), (L1(0.1), L1(-0.5)).on(["dense1"])));
    let before = trainer.net.parameter_values();
    for error in [trainer.step(&x, &classes), trainer.epoch(&mut batches)].map(Result::unwrap_err) {
        assert_eq!(
            error.to_string(),
            "a penalty's `weight` is -0.5, and must be a finite number of at least 0"
        );
    }
    assert_eq!((trainer.net.parameter_values(), trainer.update.steps()), (before, 0));
    for wrong in [f64::NAN, f64::INFINITY] {
        check(&L1(wrong), &trainer.net).unwrap_err();
        check(&L2(wrong), &trainer.net).unwrap_err();
    }
    check(&Both(L1(0.0), L2(0.0)), &trainer.net).unwrap();
}

#[test]
fn outputs_that_are_no_probabilities_are_named() {
    network! { struct Scores < input(4) => dense(3, linear) > }
    let (x, classes) = data();
    let mut trainer = Trainer::new(Scores::<f64>::new(3), CategoricalCrossentropy, sgd(0.1));
    let before = trainer.net.parameter_values();
    let outputs = trainer.net.forward(&x).unwrap();
    let (place, found) = outputs.indexed_iter().find(|(_, value)| !(0.0..=1.0).contains(*value)).unwrap();
    for error in [trainer.step(&x, &classes), trainer.evaluate(&x, &classes)].map(Result::unwrap_err) {
        assert_eq!(
            error.to_string(),
            format!(
                "categorical_crossentropy: the output at [{}, {}] is {found}, and must be a probability, from 0 to 1; \
                 end the network with `softmax`",
                place.0, place.1
            )
        );
    }
    assert_eq!((trainer.net.parameter_values(), trainer.update.steps()), (before, 0));
}

#[test]
fn a_gradient_that_is_not_finite_is_named_and_harms_no_value() {
    // The root has no finite derivative at 0; the loss is 0.
    network! {
        struct Root <
            input(2)
            => dense(1, linear, b = none)
            => expression(|x| x.sqrt(), |x| 0.5 / x.sqrt())
            => dense(1, linear)
        >
    }
    let mut trainer = Trainer::new(Root::<f64>::new(3), SquaredError, adam(0.1)).max_norm(1.0);
    let start = trainer.net.dense1.w.get();
    let error = trainer.step(&array![[0.0, 0.0]], &array![[1.0]]).unwrap_err();
    assert!(
        error.to_string().starts_with("the gradient of `dense1.w` in step 1 holds infinity or NaN, "),
        "{error}"
    );
    assert!(trainer.net.parameter_values().iter().flatten().all(|value| value.is_finite()));
    assert!(trainer.update.states().all(|state| state.view().iter().all(|value| value.is_finite())));
    assert_eq!(trainer.net.dense1.w.get(), start);
    // The training goes on with other inputs.
    let positive = start.mapv(|weight| 1.0 / weight).into_shape_with_order((1, 2)).unwrap();
    trainer.step(&positive, &array![[1.0]]).unwrap();
}
