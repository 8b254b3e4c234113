//! Rules of update, penalties and constraints on norms.

use layercake::regularization::{Both, L1, L2, NoPenalty, Penalty, PenaltyOn};
use layercake::updates::{
    Adamax, Amsgrad, RuleOn, adadelta, adagrad, adamax, adamw, amsgrad, apply_momentum,
    apply_nesterov_momentum, rmsprop,
};
use layercake_tests::networks::Mlp;
use ndarray::{Array1, Array2};

use super::*;

/// Trains on the processor and on every device, and compares losses and parameters.
fn agree<R, P>(rule: R, penalty: P, max_norm: Option<f64>)
where
    R: RuleOn<Cpu> + RuleOn<Cuda>,
    P: PenaltyOn<Cpu> + PenaltyOn<Cuda> + Clone,
{
    let x: Array2<f64> = training::values((7, 50));
    let classes = Array1::from_shape_fn(7, |i| (i * 7 % 10) as u8);
    for device in devices::cuda() {
        let net = Mlp::<f64>::new(1);
        let mut on_gpu = Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, rule.clone())
            .penalty(penalty.clone());
        let mut on_cpu = Trainer::new(net, CategoricalCrossentropy, rule.clone()).penalty(penalty.clone());
        if let Some(max_norm) = max_norm {
            on_gpu = on_gpu.max_gradient_norm(max_norm).max_norm(max_norm);
            on_cpu = on_cpu.max_gradient_norm(max_norm).max_norm(max_norm);
        }
        for _ in 0..3 {
            let (found, expected) = (on_gpu.step(&x, &classes).unwrap(), on_cpu.step(&x, &classes).unwrap());
            assert!((found - expected).abs() < 1e-10, "found {found}, expected {expected}");
        }
        let found = on_gpu.net.to(&Cpu::default()).unwrap();
        for (found, expected) in found.parameter_values().iter().zip(on_cpu.net.parameter_values()) {
            assert_close("parameters", found.view(), expected.view(), 1e-9);
        }
    }
}

macro_rules! rules {
    ($($name:ident: $rule:expr;)*) => {$(
        #[test]
        fn $name() {
            agree($rule, NoPenalty, None);
        }
    )*};
}

rules! {
    sgd_agrees: sgd(0.1);
    momentum_agrees: momentum(0.1, 0.8);
    adagrad_agrees: adagrad(0.1);
    rmsprop_agrees: rmsprop(0.01);
    adadelta_agrees: adadelta();
    adam_agrees: adam(0.01);
    adamax_agrees: Adamax { beta2: 0.9, ..adamax(0.02) };
    amsgrad_agrees: Amsgrad { beta2: 0.5, ..amsgrad(0.01) };
    adamw_agrees: adamw(0.01);
    momentum_over_another_rule_agrees: apply_momentum(adam(0.01), 0.7);
    nesterov_momentum_over_another_rule_agrees: apply_nesterov_momentum(rmsprop(0.01), 0.7);
}

#[test]
fn penalties_agree() {
    agree(sgd(0.1), L1(1e-3), None);
    agree(sgd(0.1), (L2(1e-3), (L1(1e-4), L2(1e-4))), None);
}

#[test]
fn penalties_on_some_parameters_agree() {
    agree(sgd(0.1), L2(1e-2).on(["dense2", "dense1.b"]), None);
    agree(sgd(0.1), Both(L2(1e-2).on(["dense1"]), L1(1e-3).on(["dense2", "dense1.b"])), None);
}

#[test]
fn constraints_on_norms_agree() {
    agree(sgd(0.1), NoPenalty, Some(0.3));
}
