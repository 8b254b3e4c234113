//! Objectives: losses and gradients, weights, several outputs, and targets that do not fit.

use layercake::data::Minibatches;
use layercake::objectives::{
    Aggregation, BinaryHingeLoss, Elementwise, ElementwiseCode, HuberLoss, MulticlassHingeLoss,
    ObjectiveError, Weighted,
};
use layercake::train::TrainError;
use layercake_tests::networks::Mlp;
use ndarray::{Array, Array1, Array2, Dimension, array};

use super::*;

network! { struct Same < input(41) => reshape(41) > }
network! { struct Softmax < input(41) => nonlinearity(softmax) > }
network! { struct Sigmoid < input(41) => nonlinearity(sigmoid) > }
network! { struct Two < let x = input(41); (x => nonlinearity(softmax), x => dense(3, tanh)) > }

/// The loss with its gradient with respect to the inputs, and the loss alone.
fn losses<T: Real, N, O, G: Clone>(mut net: N, x: &Array2<T>, objective: &O, targets: G) -> Vec<f64>
where
    N: for<'a> Network<Real = T, Inputs<'a> = ndarray::ArrayView2<'a, T>>,
    O: Objective<N::Heads, G>,
{
    let mut training = net.training(1);
    net.forward_training(&mut training, x.view()).unwrap();
    let loss = objective.evaluate(&mut training.outputs, targets.clone()).unwrap();
    let alone = objective.loss(&training.outputs, targets).unwrap();
    let gradients = net.backward_to_inputs(&mut training).elements();
    [loss, alone].into_iter().chain(gradients.into_iter().map(Real::to_f64)).collect()
}

fn assert_same(found: Vec<f64>, expected: Vec<f64>, tolerance: f64) {
    let [found, expected] = [found, expected].map(|values| Array1::from_vec(values).into_dyn());
    assert_close("losses and gradients", found.view(), expected.view(), tolerance);
}

/// Class numbers, or values between 0 and 1, for so many items.
fn classes(items: usize) -> Array1<i64> {
    Array1::from_shape_fn(items, |item| (item * 7 % 41) as i64)
}

fn shares<T: Real, R: Dimension>(x: &Array<T, R>) -> Array<T, R> {
    training::values::<T, R>(x.raw_dim()).mapv(|value: T| T::of(value.to_f64().abs().min(1.0)))
}

/// Compares an objective's values for `x` (items, 41) in both element types, which the expressions call `T`.
macro_rules! agree {
    (@in $real:ty, $tolerance:literal, $network:ident, $objective:expr, |$x:ident| $targets:expr) => {{
        type T = $real;
        for items in [1, 3, 300] {
            let $x: Array2<T> = training::values((items, 41)).mapv(|value: T| 2.0 * value);
            let (targets, objective) = ($targets, $objective);
            let expected = losses($network::<T>::new(1), &$x, &objective, &targets);
            for device in devices::cuda() {
                let found = losses($network::<T>::new(1).to(&device).unwrap(), &$x, &objective, &targets);
                assert_same(found, expected.clone(), $tolerance);
            }
        }
    }};
    ($($name:ident, $network:ident, $objective:expr, |$x:ident| $targets:expr;)*) => {$(
        #[test]
        fn $name() {
            agree!(@in f64, 1e-12, $network, $objective, |$x| $targets);
            agree!(@in f32, 2e-5, $network, $objective, |$x| $targets);
        }
    )*};
}

agree! {
    squares, Same, SquaredError, |x| x.mapv(T::sin);
    squares_after_softmax, Softmax, SquaredError, |x| shares(&x);
    huber, Same, HuberLoss { delta: 0.7 }, |x| x.mapv(T::cos);
    binary_crossentropy_of_scores, Sigmoid, BinaryCrossentropy, |x| shares(&x);
    binary_crossentropy_of_values, Softmax, BinaryCrossentropy, |x| shares(&x);
    binary_hinge, Same, BinaryHingeLoss::default(), |x| x.mapv(|x| T::from(u8::from(x.sin() > 0.3)));
    binary_hinge_of_signs, Same, BinaryHingeLoss { binary: false, delta: 0.6, ..Default::default() }, |x| x.mapv(T::signum);
    binary_hinge_of_probabilities, Sigmoid, BinaryHingeLoss { log_odds: false, ..Default::default() }, |x| x.mapv(|x| T::from(u8::from(x.sin() > 0.3)));
    crossentropy_of_classes, Softmax, CategoricalCrossentropy, |x| classes(x.nrows());
    crossentropy_of_shares, Softmax, CategoricalCrossentropy, |x| shares(&x);
    crossentropy_of_values, Sigmoid, CategoricalCrossentropy, |x| classes(x.nrows());
    crossentropy_of_shares_of_values, Sigmoid, CategoricalCrossentropy, |x| shares(&x);
    multiclass_hinge_of_classes, Same, MulticlassHingeLoss::default(), |x| classes(x.nrows());
    multiclass_hinge_of_shares, Same, MulticlassHingeLoss { delta: 0.2 }, |x| shares(&x);
}

/// Each objective with weights, of which some are 0.
macro_rules! weighted {
    ($($name:ident, $network:ident, $objective:expr, |$x:ident| $targets:expr, $weights:expr;)*) => {$(
        #[test]
        fn $name() {
            let mut $x: Array2<f64> = training::values((5, 41));
            let (targets, weights) = ($targets, $weights);
            // What is not looked at may be anything.
            $x[[3, 2]] = f64::NAN;
            for mode in [Aggregation::Mean, Aggregation::Sum, Aggregation::NormalizedSum] {
                let objective = Weighted($objective, mode);
                let pair = || (targets.view(), weights.view());
                let expected = losses($network::<f64>::new(1), &$x, &objective, pair());
                assert!(expected.iter().all(|value| value.is_finite()));
                for device in devices::cuda() {
                    let found = losses($network::<f64>::new(1).to(&device).unwrap(), &$x, &objective, pair());
                    assert_same(found, expected.clone(), 1e-12);
                }
            }
        }
    )*};
}

weighted! {
    weighted_squares, Same, SquaredError, |x| x.mapv(f64::sin), Array2::from_shape_fn((5, 41), |(item, place)| if (item, place) == (3, 2) { 0.0 } else { (item + 2 * place) as f64 });
    weighted_classes, Softmax, CategoricalCrossentropy, |x| array![3, 40, 7, -5, 0], array![0.5, 1.0, 0.0, 0.0, 3.0];
    weighted_hinges, Same, MulticlassHingeLoss::default(), |x| array![3_u8, 40, 7, 255, 0], array![0.5, 1.0, 0.0, 0.0, 3.0];
}

#[test]
fn losses_are_exact_at_the_extremes() {
    let x = Array2::from_shape_fn((1, 41), |(_, place)| match place {
        0 => 2000.0,
        2 => -1000.0,
        _ => 0.0,
    });
    for device in devices::cuda() {
        let found =
            losses(Softmax::<f64>::new(1).to(&device).unwrap(), &x, &CategoricalCrossentropy, &array![2_u8]);
        assert_eq!(found[0], 3000.0);
        let found = losses(Sigmoid::<f64>::new(1).to(&device).unwrap(), &x, &BinaryCrossentropy, &(0.0 * &x));
        let expected = (2000.0 + 39.0 * 2_f64.ln()) / 41.0;
        assert!((found[0] - expected).abs() < 1e-12, "found {}, expected {expected}", found[0]);
        let found = losses(
            Same::<f64>::new(1).to(&device).unwrap(),
            &(0.0 * &x),
            &BinaryCrossentropy,
            &(0.0 * &x + 1.0),
        );
        assert!(found[0] > 700.0 && found[0].is_finite(), "found {}", found[0]);
    }
}

#[test]
fn not_a_number_reaches_the_loss() {
    for place in [0, 1, 40] {
        let mut x = Array2::<f64>::zeros((2, 41));
        x[[1, place]] = f64::NAN;
        let (classes, values) = (array![0, 2], Array2::zeros((2, 41)));
        let nan = |loss: f64| assert!(loss.is_nan(), "found {loss} of a NaN at place {place}");
        for device in devices::cuda() {
            let (same, softmax) =
                (Same::<f64>::new(1).to(&device).unwrap(), Softmax::<f64>::new(1).to(&device).unwrap());
            nan(losses(softmax.clone(), &x, &CategoricalCrossentropy, &classes)[0]);
            nan(losses(same.clone(), &x, &MulticlassHingeLoss::default(), &classes)[0]);
            nan(losses(same.clone(), &x, &SquaredError, &values)[0]);
            nan(losses(same.clone(), &x, &HuberLoss::default(), &values)[0]);
            nan(losses(same.clone(), &x, &BinaryHingeLoss::default(), &values)[0]);
            nan(losses(same, &x, &BinaryCrossentropy, &values)[0]);
        }
    }
}

#[test]
fn losses_of_several_outputs_add_up() {
    let x: Array2<f64> = training::values((5, 41));
    let (classes, values) = (classes(5), Array2::from_elem((5, 3), 0.25));
    let (objectives, targets) = ((CategoricalCrossentropy, HuberLoss::default()), (&classes, &values));
    let expected = losses(Two::<f64>::new(1), &x, &objectives, targets);
    for device in devices::cuda() {
        assert_same(
            losses(Two::<f64>::new(1).to(&device).unwrap(), &x, &objectives, targets),
            expected.clone(),
            1e-12,
        );
    }
}

/// An objective of one's own.
struct Power(f64);

impl Elementwise for Power {
    const NAME: &'static str = "power";

    fn element<T: Real>(&self, prediction: T, target: T) -> T {
        (prediction - target).abs().powf(T::of(self.0))
    }

    fn derivative<T: Real>(&self, prediction: T, target: T) -> T {
        let difference = prediction - target;
        T::of(self.0) * difference.abs().powf(T::of(self.0 - 1.0)) * difference.signum()
    }
}

// SAFETY: it reads and sets what it is told of alone, and has no loops.
unsafe impl ElementwiseCode for Power {
    const CODE: &'static str = "
        real difference = p - t, size = fabs(difference), slope = setting(0) * pow(size, setting(0) - 1);
        loss = pow(size, setting(0));
        derivative = difference < 0 ? -slope : slope;";

    fn settings(&self) -> [f64; 4] {
        [self.0, 0.0, 0.0, 0.0]
    }
}

agree! { an_objective_of_ones_own, Same, Power(1.7), |x| x.mapv(T::sin); }

#[test]
fn accuracies_are_those_of_copied_outputs() {
    let (x, classes) = (training::values::<f64, _>((5, 50)), Array1::from_shape_fn(5, |i| i % 10));
    for device in devices::cuda() {
        let net = Mlp::<f64>::new(1);
        let expected = categorical_accuracy(&net.forward(&x).unwrap(), &classes, 2).unwrap();
        let mut trainer = Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, sgd(0.1));
        trainer.evaluate(&x, &classes).unwrap();
        assert_eq!(categorical_accuracy(&trainer.outputs().get(), &classes, 2).unwrap(), expected);
    }
}

#[test]
fn targets_that_do_not_fit_are_named() {
    let x: Array2<f32> = training::values((12, 50));
    for device in devices::cuda() {
        let mut trainer =
            Trainer::new(Mlp::<f32>::new(1).to(&device).unwrap(), CategoricalCrossentropy, sgd(0.1));
        let classes = Array1::from_shape_fn(12, |i| if i == 7 { 10 } else { i % 10 });
        let expected = |place| {
            TrainError::Objective(ObjectiveError::Class {
                objective: "categorical_crossentropy",
                place,
                class: 10,
                classes: 10,
            })
        };
        assert_eq!(trainer.step(&x, &classes).unwrap_err(), expected(7));
        assert_eq!(
            trainer.step(&x, &array![1]).unwrap_err().to_string(),
            "categorical_crossentropy: for predictions of shape [12, 10], targets must be class numbers of shape [12] or shares of shape [12, 10]; found [1]"
        );
        let empty = trainer.step(&Array2::zeros((0, 50)), &Array1::<u8>::zeros(0)).unwrap_err();
        assert!(empty.to_string().contains("the batch is empty"), "{empty}");
        // The same in a data set on the device: in its fourth minibatch, and in a first one.
        for (size, place) in [(2, 1), (12, 7)] {
            let mut minibatches = Minibatches::new(x.view(), classes.view(), size).unwrap();
            assert_eq!(trainer.epoch(&mut minibatches).unwrap_err(), expected(place));
            assert!(trainer.net.parameter_values().iter().flatten().all(|value| value.is_finite()));
        }
    }
}

network! { struct NoProbabilities < input(5) => dense(3, linear) > }

/// What a step, an evaluation and an epoch say of targets or outputs that do not fit.
macro_rules! complaints {
    ($net:expr, $objective:expr, $x:expr, $targets:expr) => {{
        let targets = &$targets;
        let mut trainer = Trainer::new($net, $objective, sgd(0.1));
        let mut minibatches = Minibatches::new($x.view(), targets.view(), 2).unwrap();
        let step = trainer.step(&$x, targets).unwrap_err();
        let evaluation = trainer.evaluate(&$x, targets).unwrap_err();
        [step, evaluation, trainer.epoch(&mut minibatches).unwrap_err()].map(|error| error.to_string())
    }};
}

/// Word for word as on the processor.
#[test]
fn what_does_not_fit_is_told_as_on_the_processor() {
    let x: Array2<f32> = training::values((6, 5));
    let classes = |wrong: i64| Array1::from_shape_fn(6, |i| if i == 3 { wrong } else { i as i64 % 3 });
    let values = Array2::from_elem((6, 3), 0.25_f32);
    let softmax = network!(< input(5) => dense(3, softmax) >);
    let no_probabilities = NoProbabilities::<f32>::new(1);
    for device in devices::cuda() {
        macro_rules! same_complaints {
            ($net:expr, $objective:expr, $targets:expr, $part:literal) => {
                let expected = complaints!($net.clone(), $objective, x, $targets);
                assert_eq!(complaints!($net.to(&device).unwrap(), $objective, x, $targets), expected);
                assert!(expected.iter().all(|error| error.contains($part)), "{expected:?}");
            };
        }
        for wrong in [3, -1, i64::MAX] {
            same_complaints!(softmax, CategoricalCrossentropy, classes(wrong), "class");
            same_complaints!(softmax, MulticlassHingeLoss::default(), classes(wrong), "class");
        }
        same_complaints!(no_probabilities, CategoricalCrossentropy, classes(0), "must be a probability");
        same_complaints!(no_probabilities, BinaryCrossentropy, values, "must be a probability");
        same_complaints!(no_probabilities, CategoricalCrossentropy, values, "must be a probability");
    }
}
