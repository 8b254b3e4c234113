//! Objectives after the nonlinearities that they know and those that they do not, weighted or not.

use layercake::objectives::{self, Aggregation, BinaryHingeLoss, MulticlassHingeLoss, Weighted, aggregate};
use layercake::prelude::*;
use layercake_tests::golden::Case;
use ndarray::{Array1, Array2, ArrayD, arr0};

use super::close;

network! { struct Linear < input(5) => reshape(5) > }
network! { struct Sigmoid < input(5) => nonlinearity(sigmoid) > }
network! { struct Softmax < input(5) => nonlinearity(softmax) > }

const NONLINEARITIES: [&str; 3] = ["linear", "sigmoid", "softmax"];

const MODES: [(&str, Aggregation); 3] =
    [("mean", Aggregation::Mean), ("sum", Aggregation::Sum), ("normalized_sum", Aggregation::NormalizedSum)];

/// One case, whose arrays have names that begin alike.
struct Drawn<'a> {
    case: &'a Case,
    start: String,
    nonlinearity: &'static str,
    mode: Aggregation,
}

/// Calls `check` with every case of an objective.
fn each(name: &str, check: impl Fn(&Drawn<'_>)) {
    let case = &Case::load("objectives").expect("a case of this package");
    let kinds = NONLINEARITIES.map(|nonlinearity| MODES.map(|mode| (nonlinearity, mode)));
    let cases = (0..).map_while(|number| {
        kinds.as_flattened().iter().find_map(|&(nonlinearity, (mode_name, mode))| {
            let start = format!("{name}.{number}.{nonlinearity}.{mode_name}.");
            case.has(&format!("{start}x")).then_some(Drawn { case, start, nonlinearity, mode })
        })
    });
    let cases: Vec<_> = cases.collect();
    assert!(!cases.is_empty(), "no case of {name}");
    cases.iter().for_each(check);
}

impl Drawn<'_> {
    fn key(&self, array: &str) -> String {
        format!("{}{array}", self.start)
    }

    fn x(&self) -> Array2<f64> {
        self.case.typed(&self.key("x"))
    }

    fn predictions(&self) -> Array2<f64> {
        let x = self.x();
        match self.nonlinearity {
            "sigmoid" => Sigmoid::new(1).forward(&x).unwrap(),
            "softmax" => Softmax::new(1).forward(&x).unwrap(),
            _ => x,
        }
    }

    /// The targets, if they are class numbers.
    fn classes(&self) -> Option<Array1<i64>> {
        let array = self.key("targets");
        (self.case.array(&array).ndim() == 1)
            .then(|| self.case.integers(&array).into_dimensionality().expect("one axis"))
    }

    /// The targets, if they are not.
    fn values(&self) -> Array2<f64> {
        self.case.typed(&self.key("targets"))
    }

    fn setting(&self) -> f64 {
        self.case.array(&self.key("settings")).first().copied().unwrap_or_default()
    }

    fn weights(&self) -> Option<ArrayD<f64>> {
        self.case.has(&self.key("weights")).then(|| self.case.array(&self.key("weights")))
    }

    fn close(&self, array: &str, found: ArrayD<f64>) {
        close(self.case, &self.key(array), found.view());
    }

    /// Compares the losses as a function gives them, and what they become.
    fn close_losses(&self, losses: ArrayD<f64>) {
        let total = aggregate(&losses, self.weights().as_deref(), self.mode).unwrap();
        self.close("total", arr0(total).into_dyn());
        self.close("losses", losses);
    }
}

/// Compares an objective after a nonlinearity, as a trainer sees it.
macro_rules! step {
    ($drawn:ident, $network:ident, $targets:ident, $objective:expr) => {{
        let mut net = $network::<f64>::new(1);
        let mut training = net.training(1);
        net.forward_training(&mut training, &$drawn.x()).unwrap();
        let outputs = &mut training.outputs;
        let (total, alone) = match ($drawn.weights(), $drawn.mode) {
            (None, Aggregation::Mean) => {
                ($objective.evaluate(outputs, $targets.view()), $objective.loss(outputs, $targets.view()))
            }
            (weights, mode) => {
                let losses = $drawn.case.array(&$drawn.key("losses"));
                let weights = weights.unwrap_or_else(|| ArrayD::ones(losses.raw_dim()));
                let objective = Weighted($objective, mode);
                let weights = weights.into_dimensionality().expect("as many axes as the losses have");
                let targets = || ($targets.view(), weights.view());
                (objective.evaluate(outputs, targets()), objective.loss(outputs, targets()))
            }
        };
        let (total, alone) = (total.unwrap(), alone.unwrap());
        assert!((total - alone).abs() <= 1e-13 * total.abs(), "{}: {total}, but alone {alone}", $drawn.start);
        $drawn.close("total", arr0(total).into_dyn());
        $drawn.close("gradient", net.backward_to_inputs(&mut training).into_dyn());
    }};
}

macro_rules! compare {
    ($drawn:ident, $targets:ident, $losses:expr $(, $objective:expr)?) => {{
        $drawn.close_losses($losses(&$drawn.predictions(), &$targets).unwrap().into_dyn());
        $(match $drawn.nonlinearity {
            "sigmoid" => step!($drawn, Sigmoid, $targets, $objective),
            "softmax" => step!($drawn, Softmax, $targets, $objective),
            _ => step!($drawn, Linear, $targets, $objective),
        })?
    }};
}

/// Tests of objectives with targets of their own for each prediction, and of those over classes.
macro_rules! objectives {
    (values: $($name:ident |$setting:ident| $losses:expr $(, $objective:expr)?;)*) => {$(
        #[test]
        fn $name() {
            each(stringify!($name), |drawn| {
                let ($setting, targets) = (drawn.setting(), drawn.values());
                compare!(drawn, targets, $losses $(, $objective)?);
            });
        }
    )*};
    (classes: $($name:ident |$setting:ident| $losses:expr $(, $objective:expr)?;)*) => {$(
        #[test]
        fn $name() {
            each(stringify!($name), |drawn| {
                let $setting = drawn.setting();
                if let Some(classes) = drawn.classes() {
                    compare!(drawn, classes, $losses $(, $objective)?);
                } else {
                    let shares = drawn.values();
                    compare!(drawn, shares, $losses $(, $objective)?);
                }
            });
        }
    )*};
}

fn hinge(delta: f64, log_odds: bool, binary: bool) -> BinaryHingeLoss {
    BinaryHingeLoss { delta, log_odds, binary }
}

type P = Array2<f64>;

objectives! {
    values:
    squared_error |_s| |p: &P, t: &P| objectives::squared_error(p, t), SquaredError;
    binary_crossentropy |_s| |p: &P, t: &P| objectives::binary_crossentropy(p, t), BinaryCrossentropy;
    huber_loss |s| |p: &P, t: &P| objectives::huber_loss(p, t, s), HuberLoss { delta: s };
    binary_hinge_loss |s| |p: &P, t: &P| objectives::binary_hinge_loss(p, t, hinge(s, true, true)), hinge(s, true, true);
    binary_hinge_loss_of_signs |s| |p: &P, t: &P| objectives::binary_hinge_loss(p, t, hinge(s, true, false)), hinge(s, true, false);
    binary_hinge_loss_of_probabilities |s| |p: &P, t: &P| objectives::binary_hinge_loss(p, t, hinge(s, false, true)), hinge(s, false, true);
    binary_accuracy |s| |p: &P, t: &P| objectives::binary_accuracy(p, t, s);
}

objectives! {
    classes:
    categorical_crossentropy |_s| |p: &P, t| objectives::categorical_crossentropy(p, t), CategoricalCrossentropy;
    multiclass_hinge_loss |s| |p: &P, t| objectives::multiclass_hinge_loss(p, t, s), MulticlassHingeLoss { delta: s };
    categorical_accuracy |s| |p: &P, t| objectives::categorical_accuracy(p, t, s as usize);
}
