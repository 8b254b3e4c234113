//! Update rules, constraints and penalties against Lasagne's values.

use layercake::Parameter;
use layercake::prelude::*;
use layercake::regularization::{Both, Penalty, l1, l2, penalize};
use layercake::updates::{
    Adadelta, Adagrad, Adam, Adamax, Adamw, Amsgrad, NormError, Rmsprop, Rule, UpdateError, adadelta,
    adagrad, adamax, adamw, amsgrad, apply_momentum, apply_nesterov_momentum, norm_constraint,
    total_norm_constraint,
};
use layercake_tests::golden::{Case, TOLERANCE, assert_close};
use ndarray::{Array2, Array3, ArrayD, Axis, array};

// A matrix `a.w` of 3x4 and a vector `b.b` of 5; `b.w` stays 0.
network! {
    struct Two <
        let x = input(3);
        (x => a: dense(4, linear, b = none), x => b: dense(5, linear, w = constant(0)))
    >
}

fn close(case: &Case, array: &str, step: usize, found: ArrayD<f64>) {
    let expected = case.array(array);
    let expected = expected.index_axis(Axis(0), step);
    assert_close(&format!("{}, {array} after step {step}", case.name()), found.view(), expected, TOLERANCE);
}

/// Follows the trajectory of a case; `clip` changes the gradients before each update.
fn follow(case: &str, rule: impl Rule, clip: impl Fn(&mut Two<f64>)) {
    let Some(case) = Case::load(case) else { return };
    let mut net = Two::<f64>::new(1);
    let mut gradients = net.training(1).gradients;
    net.a.w.set(case.array("a").index_axis(Axis(0), 0)).unwrap();
    net.b.b.set(case.array("b").index_axis(Axis(0), 0)).unwrap();
    let mut update = Update::new(rule, &net);
    let (k_a, k_b) = (case.array("k_a"), case.array("k_b"));
    for step in 1..=10 {
        let gradient = |k: &ArrayD<f64>, p: ArrayD<f64>| k * &p + p.mapv(f64::cos);
        gradients.a.w.set(gradient(&k_a, net.a.w.get()).view()).unwrap();
        gradients.b.b.set(gradient(&k_b, net.b.b.get()).view()).unwrap();
        clip(&mut gradients);
        update.step(&mut net, &mut gradients).unwrap();
        close(&case, "a", step, net.a.w.get());
        close(&case, "b", step, net.b.b.get());
    }
    assert_eq!(update.steps(), 10);
}

macro_rules! golden {
    ($($name:ident $case:literal $rule:expr;)*) => {$(
        #[test]
        fn $name() {
            follow($case, $rule, |_| ());
        }
    )*};
}

golden! {
    follows_sgd "update_sgd" sgd(0.1);
    follows_momentum "update_momentum" momentum(0.05, 0.9);
    follows_nesterov_momentum "update_nesterov_momentum" nesterov_momentum(0.05, 0.8);
    follows_adagrad "update_adagrad" adagrad(0.5);
    follows_rmsprop "update_rmsprop" Rmsprop { rho: 0.8, ..rmsprop(0.05) };
    follows_adadelta "update_adadelta" Adadelta { rho: 0.9, ..adadelta() };
    follows_adam "update_adam" Adam { beta1: 0.85, beta2: 0.99, ..adam(0.05) };
    follows_adamax "update_adamax" Adamax { beta2: 0.99, ..adamax(0.05) };
    follows_amsgrad "update_amsgrad" Amsgrad { beta2: 0.99, ..amsgrad(0.05) };
}

#[test]
fn follows_sgd_with_clipped_gradients() {
    follow("update_total_norm_constraint_then_sgd", sgd(0.1), |gradients| {
        total_norm_constraint(&Cpu::default(), gradients, 2.0).unwrap();
    });
}

#[test]
fn constrains_norms() {
    let Some(case) = Case::load("norm_constraint") else { return };
    for (name, max_norm) in [("dense", 1.5), ("conv", 2.0)] {
        let mut array = case.array(name);
        norm_constraint(&mut array, max_norm, None).unwrap();
        let what = format!("norm_constraint, {name}");
        assert_close(&what, array.view(), case.array(&format!("{name}_out")).view(), TOLERANCE);
    }
}

#[test]
fn constrains_norms_over_any_axes() {
    let original = Array3::from_shape_fn((3, 4, 5), |(i, j, k)| ((i + 2 * j + 5 * k) as f64).sin());
    for axes in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2], &[]] {
        let mut array = original.clone().into_dyn();
        norm_constraint(&mut array, 0.7, Some(axes)).unwrap();
        let mut norms = original.mapv(|x| x * x).into_dyn();
        for &axis in axes.iter().rev() {
            norms = norms.sum_axis(Axis(axis));
        }
        for &axis in axes {
            norms = norms.insert_axis(Axis(axis));
        }
        let norms = norms.mapv(f64::sqrt);
        let expected = &original * &(norms.mapv(|norm| norm.min(0.7)) / (norms + 1e-7));
        assert_close(&format!("{axes:?}"), array.view(), expected.into_dyn().view(), 1e-14);
    }
}

#[test]
fn norms_over_missing_axes_are_errors() {
    let mut vector = array![1.0, 2.0].into_dyn();
    let error = norm_constraint(&mut vector, 1.0, None).unwrap_err().to_string();
    assert!(error.contains("for an array of 1 axis"), "{error}");
    let error = norm_constraint(&mut vector, 1.0, Some(&[1])).unwrap_err().to_string();
    assert!(error.contains("names axis 1, and the array has axes 0 to 0"), "{error}");
    let error = norm_constraint(&mut ndarray::arr0(1.0).into_dyn(), 1.0, None).unwrap_err().to_string();
    assert!(error.contains("has 0 axes"), "{error}");
    assert_eq!(vector, array![1.0, 2.0].into_dyn());
}

#[test]
fn penalties_are_lasagnes() {
    let Some(case) = Case::load("regularization") else { return };
    let w = case.array("w");
    assert_close("l1", ndarray::arr0(l1(&w)).into_dyn().view(), case.array("l1").view(), TOLERANCE);
    assert_close("l2", ndarray::arr0(l2(&w)).into_dyn().view(), case.array("l2").view(), TOLERANCE);
}

#[test]
fn penalties_count_weights_alone() {
    let mut net = Two::<f64>::new(1);
    net.a.w.view_mut().fill(-2.0);
    net.a.w.view_mut()[[0, 0]] = 0.0;
    net.b.b.view_mut().fill(100.0);
    let mut gradients = net.training(1).gradients;
    let penalty = penalize(&Cpu::default(), &(L1(0.5), L2(0.25)), &mut net, &mut gradients);
    assert!((penalty - 11.0 * (0.5 * 2.0 + 0.25 * 4.0)).abs() < 1e-12);
    assert_eq!(gradients.a.w.view()[[0, 0]], 0.0);
    assert_eq!(gradients.a.w.view()[[2, 3]], -0.5 - 0.25 * 2.0 * 2.0);
    assert!(gradients.b.b.view().iter().all(|&gradient| gradient == 0.0));
}

#[test]
fn penalties_on_layers_have_weights_of_their_own() {
    let mut net = Two::<f64>::new(1);
    for (number, parameter) in net.parameters_mut().into_iter().enumerate() {
        parameter.view_mut().fill(1.0 + number as f64);
    }
    let lens: Vec<f64> = net.parameters().iter().map(|parameter| parameter.len() as f64).collect();
    // Lasagne's regularize_layer_params_weighted, with a bias beside.
    let penalty = Both(L2(0.1).on(["a"]), Both(L1(0.5).on(["b.w"]), L2(2.0).on(["b.b"])));
    let mut gradients = net.training(1).gradients;
    let found = penalize(&Cpu::default(), &penalty, &mut net, &mut gradients);
    let expected = 0.1 * lens[0] + 0.5 * 2.0 * lens[1] + 2.0 * 9.0 * lens[2];
    assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    let all = |parameter: &Parameter<f64>, value: f64| {
        assert!(parameter.view().iter().all(|&found| (found - value).abs() < 1e-15), "{}", parameter.name());
    };
    all(&gradients.a.w, 0.2);
    all(&gradients.b.w, 0.5);
    all(&gradients.b.b, 12.0);
}

#[test]
fn momentum_goes_over_any_rule() {
    // With a constant gradient of 1, sgd makes the step s = -0.1 each time.
    let run = |rule: &dyn Fn(&mut Two<f64>, &mut Two<f64>)| {
        let mut net = Two::<f64>::new(1);
        net.a.w.view_mut().fill(0.0);
        let mut gradients = net.training(1).gradients;
        gradients.a.w.view_mut().fill(1.0);
        rule(&mut net, &mut gradients);
        net.a.w.view()[[1, 2]]
    };
    let plain = run(&|net, gradients| {
        let mut update = Update::new(apply_momentum(sgd(0.1), 0.5), net);
        (0..2).for_each(|_| update.step(net, gradients).unwrap());
    });
    assert!((plain - (-0.1 - 0.15)).abs() < 1e-15);
    let nesterov = run(&|net, gradients| {
        let mut update = Update::new(apply_nesterov_momentum(sgd(0.1), 0.5), net);
        (0..2).for_each(|_| update.step(net, gradients).unwrap());
    });
    assert!((nesterov - (-0.15 - 0.175)).abs() < 1e-15);
    // The rule below keeps its own memory: Adam's first step is -0.001, whatever the gradient's size.
    let adam = run(&|net, gradients| {
        Update::new(apply_momentum(adam(0.001), 0.5), net).step(net, gradients).unwrap();
    });
    assert!((adam + 0.001).abs() < 1e-9);
}

#[test]
fn decoupled_decay_is_beside_the_gradient() {
    let steps = |rule: &dyn Fn(&mut Two<f64>, &mut Two<f64>)| {
        let mut net = Two::<f64>::new(1);
        net.a.w.view_mut().fill(2.0);
        let mut gradients = net.training(1).gradients;
        gradients.a.w.view_mut().fill(0.3);
        rule(&mut net, &mut gradients);
        net.a.w.view()[[1, 2]]
    };
    let plain = steps(&|net, gradients| Update::new(adam(0.01), net).step(net, gradients).unwrap());
    let decayed = steps(&|net, gradients| {
        Update::new(Adamw { weight_decay: 0.1, ..adamw(0.01) }, net).step(net, gradients).unwrap();
    });
    assert!((plain - decayed - 0.01 * 0.1 * 2.0).abs() < 1e-15);
}

#[test]
fn any_rule_has_a_learning_rate_to_schedule() {
    fn rate(mut rule: impl Rule) -> f64 {
        *rule.learning_rate_mut() *= 2.0;
        *rule.learning_rate_mut()
    }
    let rates = [
        rate(sgd(0.1)),
        rate(nesterov_momentum(0.1, 0.9)),
        rate(apply_momentum(adagrad(0.1), 0.5)),
        rate(rmsprop(0.1)),
        rate(adam(0.1)),
        rate(adamw(0.1)),
        rate(adamax(0.1)),
        rate(amsgrad(0.1)),
    ];
    assert_eq!(rates, [0.2; 8]);
    assert_eq!(rate(adadelta()), 2.0);
}

#[test]
fn settings_that_make_no_sense_are_errors() {
    fn setting(rule: impl Rule) -> Option<&'static str> {
        rule.check().err().map(|error| error.setting)
    }
    macro_rules! ranges {
        ($($name:ident of $rule:expr, $of:ident: [$($right:expr),*] [$($wrong:expr),*];)*) => {$(
            $(assert_eq!(setting($of { $name: $right, ..$rule }), None);)*
            $(assert_eq!(setting($of { $name: $wrong, ..$rule }), Some(stringify!($name)));)*
        )*};
    }
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    ranges! {
        learning_rate of adagrad(0.1), Adagrad: [0.0, 1e9] [-0.1, nan, infinity];
        epsilon of adagrad(0.1), Adagrad: [1e-300, 1.0] [0.0, -1e-6, nan, infinity];
        learning_rate of rmsprop(0.1), Rmsprop: [0.0, 1e9] [-0.1, nan, infinity];
        rho of rmsprop(0.1), Rmsprop: [0.0, 0.5, 1.0] [-0.1, 1.1, nan];
        epsilon of rmsprop(0.1), Rmsprop: [1e-300, 1.0] [0.0, -1e-6, nan, infinity];
        learning_rate of adadelta(), Adadelta: [0.0, 1e9] [-0.1, nan, infinity];
        rho of adadelta(), Adadelta: [0.0, 0.5, 1.0] [-0.1, 1.1, nan];
        epsilon of adadelta(), Adadelta: [1e-300, 1.0] [0.0, -1e-6, nan, infinity];
        learning_rate of adam(0.1), Adam: [0.0, 1e9] [-0.1, nan, infinity];
        beta1 of adam(0.1), Adam: [0.0, 0.5] [-0.1, 1.0, nan];
        beta2 of adam(0.1), Adam: [0.0, 0.5] [-0.1, 1.0, nan];
        epsilon of adam(0.1), Adam: [1e-300, 1.0] [0.0, -1e-6, nan, infinity];
        learning_rate of adamax(0.1), Adamax: [0.0, 1e9] [-0.1, nan, infinity];
        beta1 of adamax(0.1), Adamax: [0.0, 0.5] [-0.1, 1.0, nan];
        beta2 of adamax(0.1), Adamax: [0.0, 1.0] [-0.1, 1.1, nan];
        epsilon of adamax(0.1), Adamax: [1e-300, 1.0] [0.0, -1e-6, nan, infinity];
        learning_rate of amsgrad(0.1), Amsgrad: [0.0, 1e9] [-0.1, nan, infinity];
        beta1 of amsgrad(0.1), Amsgrad: [0.0, 0.5] [-0.1, 1.0, nan];
        beta2 of amsgrad(0.1), Amsgrad: [0.0, 0.5] [-0.1, 1.0, nan];
        epsilon of amsgrad(0.1), Amsgrad: [1e-300, 1.0] [0.0, -1e-6, nan, infinity];
        weight_decay of adamw(0.1), Adamw: [0.0, 1e9] [-0.1, nan, infinity];
    }
    for wrong in [-0.1, nan, infinity] {
        assert_eq!(setting(sgd(wrong)), Some("learning_rate"));
        assert_eq!(setting(adamw(wrong)), Some("learning_rate"));
        assert_eq!(setting(momentum(wrong, 0.9)), Some("learning_rate"));
        assert_eq!(setting(momentum(0.1, wrong)), Some("momentum"));
        assert_eq!(setting(nesterov_momentum(0.1, wrong)), Some("momentum"));
    }
    assert_eq!((setting(sgd(0.0)), setting(momentum(0.1, 1.1))), (None, Some("momentum")));
    assert_eq!((setting(momentum(0.1, 0.0)), setting(nesterov_momentum(0.1, 1.0))), (None, None));
    let mut net = Two::<f64>::new(1);
    let (before, mut gradients) = (net.parameter_values(), net.training(1).gradients);
    let error =
        Update::new(Adam { beta1: 1.0, ..adam(0.1) }, &net).step(&mut net, &mut gradients).unwrap_err();
    assert_eq!(error.to_string(), "the update's `beta1` is 1, and must be at least 0 and below 1");
    assert_eq!(net.parameter_values(), before);
}

#[test]
fn values_whose_gradients_are_not_finite_stay() {
    network! { struct Long < input(331) => dense(401, linear) > }
    let mut net = Long::<f32>::new(1);
    let before = net.dense1.w.get();
    let mut update = Update::new(adam(0.1), &net);
    for (place, wrong) in [(0, f32::NAN), (100_000, f32::INFINITY), (132_730, f32::NEG_INFINITY)] {
        let mut gradients = net.training(1).gradients;
        gradients.dense1.w.view_mut().fill(1.0);
        gradients.dense1.w.view_mut().as_slice_mut().unwrap()[place] = wrong;
        let error = update.step(&mut net, &mut gradients).unwrap_err();
        assert!(
            matches!(&error, UpdateError::NotFinite { parameter, .. } if parameter == "dense1.w"),
            "{error}"
        );
    }
    assert_eq!(update.steps(), 3);
    let after = net.dense1.w.get();
    assert!(after.iter().all(|value| value.is_finite()));
    // Those of other blocks are changed each time.
    let changed =
        after.iter().zip(&before).filter(|(after, before)| (*before - *after - 0.3).abs() < 1e-3).count();
    assert!(changed >= 331 * 401 - 3 * 512, "{changed}");
    assert!(changed < 331 * 401, "{changed}");
    assert!(update.states().all(|state| state.view().iter().all(|value| value.is_finite())));
}

#[test]
fn norms_that_leave_nothing_are_errors() {
    let mut net = Two::<f64>::new(1);
    let before = net.parameter_values();
    for wrong in [-1.0, 0.0, f64::NAN] {
        let error = norm_constraint(&mut net.a.w.view_mut(), wrong, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("norm_constraint: the largest norm is {wrong}, and must be above 0")
        );
        let error = total_norm_constraint(&Cpu::default(), &mut net, wrong).unwrap_err();
        assert!(matches!(error, NormError::MaxNorm { constraint: "total_norm_constraint", .. }), "{error}");
    }
    assert_eq!(net.parameter_values(), before);
}

#[test]
fn long_parameters_are_updated_alike() {
    // Long enough to be split among threads, with a rest; every value must see its own gradient and memory once.
    network! { struct Long < input(331) => dense(401, linear) > }
    let mut net = Long::<f64>::new(1);
    let mut gradients = net.training(1).gradients;
    let k = Array2::from_shape_fn((331, 401), |(i, j)| ((i * 401 + j) as f64).sin());
    let start = net.dense1.w.get();
    let mut update = Update::new(momentum(0.1, 0.9), &net);
    for _ in 0..3 {
        gradients.dense1.w.view_mut().assign(&k);
        update.step(&mut net, &mut gradients).unwrap();
    }
    let expected = start - k.into_dyn() * 0.1 * (1.0 + 1.9 + 2.71);
    assert_close("w", net.dense1.w.view(), expected.view(), 1e-14);
}
