//! Rules of update and constraints on norms.

use layercake::prelude::*;
use layercake::updates::{
    Adadelta, Adagrad, Adam, Adamax, Adamw, Amsgrad, Rmsprop, Rule, apply_momentum, apply_nesterov_momentum,
    norm_constraint, total_norm_constraint,
};
use layercake_tests::golden::{Case, assert_close};
use ndarray::{Axis, arr0};

use super::{TOLERANCE, close};

// A vector `b.b` of 3; the others stay.
network! { struct Three < input(2) => b: dense(3, linear) > }

/// Follows every trajectory of a rule.
fn follow<R: Rule>(name: &str, rule: impl Fn(&[f64]) -> R) {
    let case = Case::load("updates").expect("a case of this package");
    let mut number = 0;
    while case.has(&format!("{name}.{number}.values")) {
        let array = |key: &str| case.array(&format!("{name}.{number}.{key}"));
        let (gradients, values, settings) = (array("gradients"), array("values"), array("settings"));
        let mut net = Three::<f64>::new(1);
        net.b.b.set(values.index_axis(Axis(0), 0)).unwrap();
        let mut all = net.training(1).gradients;
        let mut update = Update::new(rule(settings.as_slice().unwrap()), &net);
        for (step, gradient) in gradients.outer_iter().enumerate() {
            all.b.b.set(gradient).unwrap();
            update.step(&mut net, &mut all).unwrap();
            let what = format!("{name}, number {number}, after step {}", step + 1);
            assert_close(&what, net.b.b.view(), values.index_axis(Axis(0), step + 1), TOLERANCE);
        }
        number += 1;
    }
    assert!(number > 0, "no trajectory of {name}");
}

/// The rule alone, and with both kinds of momentum around it.
fn follow_all<R: Rule>(name: &str, rule: impl Fn(&[f64]) -> R) {
    follow(&format!("{name}.alone"), &rule);
    let inner = |settings: &[f64]| (rule(settings), settings[settings.len() - 1]);
    follow(&format!("{name}.momentum"), |settings| {
        let (rule, momentum) = inner(settings);
        apply_momentum(rule, momentum)
    });
    follow(&format!("{name}.nesterov_momentum"), |settings| {
        let (rule, momentum) = inner(settings);
        apply_nesterov_momentum(rule, momentum)
    });
}

macro_rules! rules {
    ($($rule:ident: |$settings:ident| $make:expr;)*) => {$(
        #[test]
        fn $rule() {
            follow_all(stringify!($rule), |$settings| $make);
        }
    )*};
}

fn adam_of(settings: &[f64]) -> Adam {
    Adam { learning_rate: settings[0], beta1: settings[1], beta2: settings[2], epsilon: settings[3] }
}

rules! {
    sgd: |s| layercake::updates::sgd(s[0]);
    adagrad: |s| Adagrad { learning_rate: s[0], epsilon: s[1] };
    rmsprop: |s| Rmsprop { learning_rate: s[0], rho: s[1], epsilon: s[2] };
    adadelta: |s| Adadelta { learning_rate: s[0], rho: s[1], epsilon: s[2] };
    adam: |s| adam_of(s);
    adamax: |s| Adamax { learning_rate: s[0], beta1: s[1], beta2: s[2], epsilon: s[3] };
    amsgrad: |s| Amsgrad { learning_rate: s[0], beta1: s[1], beta2: s[2], epsilon: s[3] };
    adamw: |s| Adamw { adam: adam_of(s), weight_decay: s[4] };
}

#[test]
fn constraints_on_norms() {
    let case = Case::load("updates").expect("a case of this package");
    let mut number = 0;
    while case.has(&format!("norm_constraint.{number}.array")) {
        let key = |key: &str| format!("norm_constraint.{number}.{key}");
        let max_norm = case.array(&key("max_norm"))[[]];
        let mut array = case.array(&key("array"));
        norm_constraint(&mut array, max_norm, None).unwrap();
        close(&case, &key("constrained"), array.view());
        if case.has(&key("axes")) {
            let axes: Vec<usize> = case.integers(&key("axes")).iter().map(|&axis| axis as usize).collect();
            let mut array = case.array(&key("array"));
            norm_constraint(&mut array, max_norm, Some(&axes)).unwrap();
            close(&case, &key("constrained_over"), array.view());
        }
        number += 1;
    }
    assert!(number > 0);
}

#[test]
fn constraints_on_the_total_norm() {
    network! {
        struct Two <
            let x = input(3);
            (x => a: dense(4, linear, b = none), x => b: dense(5, linear, w = constant(0)))
        >
    }
    let case = Case::load("updates").expect("a case of this package");
    let mut number = 0;
    while case.has(&format!("total_norm_constraint.{number}.a")) {
        let key = |key: &str| format!("total_norm_constraint.{number}.{key}");
        let mut net = Two::<f64>::new(1);
        net.a.w.set(case.array(&key("a")).view()).unwrap();
        net.b.b.set(case.array(&key("b")).view()).unwrap();
        let max_norm = case.array(&key("max_norm"))[[]];
        let norm = total_norm_constraint(&Cpu::default(), &mut net, max_norm).unwrap();
        close(&case, &key("norm"), arr0(norm).into_dyn().view());
        close(&case, &key("a_out"), net.a.w.view());
        close(&case, &key("b_out"), net.b.b.view());
        number += 1;
    }
    assert!(number > 0);
}
