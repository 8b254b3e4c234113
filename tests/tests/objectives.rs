//! Objectives against Lasagne's values, at the extremes, and with targets that do not fit.

use layercake::objectives::{
    Aggregation, BinaryHingeLoss, MulticlassHingeLoss, ObjectiveError, Weighted, aggregate,
    binary_crossentropy, binary_hinge_loss, categorical_crossentropy, huber_loss, multiclass_hinge_loss,
    squared_error,
};
use layercake::prelude::*;
use layercake::{Arrays, Head};
use layercake_tests::golden::{Case, TOLERANCE, assert_close};
use ndarray::{Array1, Array2, ArrayD, Ix1, Ix2, array};

network! { struct Same < input(5) => reshape(5) > }
network! { struct Pairs < input(2) => reshape(2) > }
network! { struct Softmax < input(5) => nonlinearity(softmax) > }
network! { struct Sigmoid < input(5) => nonlinearity(sigmoid) > }

fn close(case: &Case, array: &str, found: ArrayD<f64>) {
    assert_close(&format!("{}, {array}", case.name()), found.view(), case.array(array).view(), TOLERANCE);
}

/// The mean loss of outputs `x`, and its gradient with respect to `x`.
fn mean<N, O, G: Copy>(net: N, x: &Array2<f64>, objective: O, targets: G) -> (f64, Array2<f64>)
where
    N: for<'a> Network<Real = f64, Inputs<'a> = ndarray::ArrayView2<'a, f64>, InputGradients = Array2<f64>>,
    O: Objective<N::Heads, G>,
{
    let mut net = net;
    let mut training = net.training(1);
    net.forward_training(&mut training, x.view()).unwrap();
    let loss = objective.evaluate(&mut training.outputs, targets).unwrap();
    let alone = objective.loss(&training.outputs, targets).unwrap();
    assert!((alone - loss).abs() <= 1e-15 * loss.abs(), "{alone} is not {loss}");
    (loss, net.backward_to_inputs(&mut training))
}

/// An objective as elementwise function and as mean with gradient.
macro_rules! golden {
    ($name:ident, $case:expr, $targets:ty; $function:expr, $objective:expr) => {
        #[test]
        fn $name() {
            let Some(case) = Case::load($case) else { return };
            let predictions: Array2<f64> = case.typed("prediction");
            let targets = <$targets>::of(&case);
            let losses = $function(&predictions, &targets).unwrap();
            close(&case, "loss", losses.clone().into_dyn());
            let check = |(loss, gradient): (f64, Array2<f64>)| {
                assert!((loss - losses.mean().unwrap()).abs() < 1e-12);
                close(&case, "grad.prediction_of_mean", gradient.into_dyn());
            };
            if case.has("grad.prediction_of_mean") {
                check(mean(Same::new(1), &predictions, $objective, &targets));
                #[cfg(feature = "cuda")]
                for device in layercake_tests::devices::cuda() {
                    check(mean(Same::new(1).to(&device).unwrap(), &predictions, $objective, &targets));
                }
            }
        }
    };
}

trait Of {
    fn of(case: &Case) -> Self;
}

impl Of for Array1<i64> {
    fn of(case: &Case) -> Self {
        case.integers("target").into_dimensionality::<Ix1>().unwrap()
    }
}

impl Of for Array2<f64> {
    fn of(case: &Case) -> Self {
        case.typed::<Ix2>("target")
    }
}

golden! { crossentropy_of_classes, "objective_categorical_crossentropy_int", Array1<i64>; |p: &Array2<f64>, t| categorical_crossentropy(p, t), CategoricalCrossentropy }
golden! { crossentropy_of_shares, "objective_categorical_crossentropy_onehot", Array2<f64>; |p: &Array2<f64>, t| categorical_crossentropy(p, t), CategoricalCrossentropy }
golden! { crossentropy_of_two, "objective_binary_crossentropy", Array2<f64>; |p: &Array2<f64>, t: &Array2<f64>| binary_crossentropy(p, t), BinaryCrossentropy }
golden! { squares, "objective_squared_error", Array2<f64>; |p: &Array2<f64>, t: &Array2<f64>| squared_error(p, t), SquaredError }
golden! { huber, "objective_huber_loss", Array2<f64>; |p: &Array2<f64>, t: &Array2<f64>| huber_loss(p, t, 1.5), HuberLoss { delta: 1.5 } }
golden! { hinge_of_odds, "objective_binary_hinge_loss", Array2<f64>; |p: &Array2<f64>, t: &Array2<f64>| binary_hinge_loss(p, t, BinaryHingeLoss::default()), BinaryHingeLoss::default() }
golden! { hinge_of_probabilities, "objective_binary_hinge_loss_probabilities", Array2<f64>; |p: &Array2<f64>, t: &Array2<f64>| binary_hinge_loss(p, t, BinaryHingeLoss { log_odds: false, ..Default::default() }), BinaryHingeLoss { log_odds: false, ..Default::default() } }
golden! { hinge_of_classes, "objective_multiclass_hinge_loss", Array1<i64>; |p: &Array2<f64>, t| multiclass_hinge_loss(p, t, 1.0), MulticlassHingeLoss::default() }
golden! { accuracy_of_two, "objective_binary_accuracy", Array2<f64>; |p: &Array2<f64>, t: &Array2<f64>| binary_accuracy(p, t, 0.4), SquaredError }
golden! { accuracy, "objective_categorical_accuracy", Array1<i64>; |p: &Array2<f64>, t| categorical_accuracy(p, t, 1), CategoricalCrossentropy }
golden! { accuracy_top3, "objective_categorical_accuracy_top3", Array1<i64>; |p: &Array2<f64>, t| categorical_accuracy(p, t, 3), CategoricalCrossentropy }

fn scores() -> Array2<f64> {
    Array2::from_shape_fn((4, 5), |(item, class)| (3 * item + 7 * class) as f64 % 4.0 - 1.3)
}

/// The gradient by finite differences.
fn differences(x: &Array2<f64>, loss: impl Fn(&Array2<f64>) -> f64) -> Array2<f64> {
    let mut gradient = Array2::zeros(x.dim());
    for place in 0..x.len() {
        let at = |step: f64| {
            let mut x = x.clone();
            x.as_slice_mut().unwrap()[place] += step;
            loss(&x)
        };
        gradient.as_slice_mut().unwrap()[place] = (at(1e-5) - at(-1e-5)) / 2e-5;
    }
    gradient
}

#[test]
fn crossentropy_after_softmax_is_that_of_its_values() {
    let (x, classes) = (scores(), array![3_u8, 0, 4, 1]);
    let shares: Array2<f64> =
        array![[0.5, 0.0, 0.25, 0.25, 0.0], [0.0; 5], [0.0, 0.0, 1.0, 0.0, 0.0], [0.2; 5]];
    let net = Softmax::<f64>::new(1);
    let by_class = |x: &Array2<f64>| {
        categorical_crossentropy(&net.forward(x).unwrap(), &classes).unwrap().mean().unwrap()
    };
    let (loss, gradient) = mean(net.clone(), &x, CategoricalCrossentropy, &classes);
    assert!((loss - by_class(&x)).abs() < 1e-14);
    assert_close("classes", gradient.into_dyn().view(), differences(&x, by_class).into_dyn().view(), 1e-8);

    let by_share = |x: &Array2<f64>| {
        categorical_crossentropy(&net.forward(x).unwrap(), &shares).unwrap().mean().unwrap()
    };
    let (loss, gradient) = mean(net.clone(), &x, CategoricalCrossentropy, &shares);
    assert!((loss - by_share(&x)).abs() < 1e-14);
    assert_close("shares", gradient.into_dyn().view(), differences(&x, by_share).into_dyn().view(), 1e-8);
}

#[test]
fn binary_crossentropy_after_sigmoid_is_that_of_its_values() {
    let x = scores();
    let targets = x.mapv(|x| (x * 10.0).sin().abs());
    let net = Sigmoid::<f64>::new(1);
    let by_value =
        |x: &Array2<f64>| binary_crossentropy(&net.forward(x).unwrap(), &targets).unwrap().mean().unwrap();
    let (loss, gradient) = mean(net.clone(), &x, BinaryCrossentropy, &targets);
    assert!((loss - by_value(&x)).abs() < 1e-14);
    assert_close("gradient", gradient.into_dyn().view(), differences(&x, by_value).into_dyn().view(), 1e-8);
}

#[test]
fn losses_are_exact_at_the_extremes() {
    // exp(-2000) is 0 in f64: by values the loss would be infinite.
    let x = array![[2000.0, 0.0, -1000.0, 0.0, 0.0]];
    let (loss, gradient) = mean(Softmax::new(1), &x, CategoricalCrossentropy, &array![2]);
    assert_eq!(loss, 3000.0);
    assert_eq!(gradient, array![[1.0, 0.0, -1.0, 0.0, 0.0]]);

    let targets = array![[0.0, 1.0, 1.0, 0.0, 1.0]];
    let (loss, gradient) = mean(Sigmoid::new(1), &x, BinaryCrossentropy, &targets);
    assert!((loss - (2000.0 + 1000.0 + 3.0 * 2_f64.ln()) / 5.0).abs() < 1e-12);
    assert_eq!(gradient, array![[0.2, -0.1, -0.2, 0.1, -0.1]]);

    // By values, no logarithm of 0 is taken.
    let zeros = Array2::<f64>::zeros((1, 5));
    assert!(categorical_crossentropy(&zeros, &array![1]).unwrap()[0] > 700.0);
    assert!(categorical_crossentropy(&zeros, &array![1]).unwrap()[0].is_finite());
    assert!(binary_crossentropy(&zeros, &targets).unwrap().iter().all(|loss| loss.is_finite()));
    assert!(binary_crossentropy(&(1.0 - &zeros), &targets).unwrap().iter().all(|loss| loss.is_finite()));
}

#[test]
fn hinges_have_the_mean_of_both_sides_at_their_kink() {
    // A margin of exactly 0, as Theano's `relu` has it.
    let binary =
        mean(Same::new(1), &Array2::ones((1, 5)), BinaryHingeLoss::default(), &Array2::ones((1, 5))).1;
    assert_eq!(binary, Array2::from_elem((1, 5), -0.1));
    let x = array![[2.0, 1.0, 0.5, 0.0, 0.0]];
    let multiclass = mean(Same::new(1), &x, MulticlassHingeLoss::default(), &array![0]).1;
    assert_eq!(multiclass, array![[-0.5, 0.5, 0.0, 0.0, 0.0]]);
}

#[test]
fn not_a_number_reaches_the_loss() {
    for place in 0..5 {
        let mut x = Array2::<f64>::zeros((1, 5));
        x[[0, place]] = f64::NAN;
        assert!(multiclass_hinge_loss(&x, &array![1], 1.0).unwrap()[0].is_nan());
        let mut net = Softmax::new(1);
        let mut training = net.training(1);
        net.forward_training(&mut training, &x).unwrap();
        assert!(CategoricalCrossentropy.evaluate(&mut training.outputs, &array![1]).unwrap().is_nan());
        assert!(SquaredError.evaluate(&mut training.outputs, &x).unwrap().is_nan());
        let mut net = Sigmoid::new(1);
        let mut training = net.training(1);
        net.forward_training(&mut training, &x).unwrap();
        assert!(BinaryCrossentropy.evaluate(&mut training.outputs, &x).unwrap().is_nan());
    }
}

#[test]
fn accuracy_counts_nan_as_wrong_and_ties_once() {
    let predictions = array![[0.5, 0.5, 0.0], [f64::NAN, 0.1, 0.2], [0.2, 0.4, 0.4]];
    assert_eq!(categorical_accuracy(&predictions, &array![0, 0, 2], 1).unwrap(), array![1.0, 0.0, 0.0]);
    assert_eq!(categorical_accuracy(&predictions, &array![1, 2, 2], 2).unwrap(), array![1.0, 1.0, 1.0]);
}

#[test]
fn sequences_of_classes() {
    let predictions = array![[[0.5, 0.5], [0.25, 0.75]], [[1.0, 0.0], [0.5, 0.5]]];
    let losses = categorical_crossentropy(&predictions, &array![[0_usize, 0], [0, 1]]).unwrap();
    assert_eq!(losses, array![[2_f64.ln(), 4_f64.ln()], [0.0, 2_f64.ln()]]);
}

/// What is wrong, with a gradient or without.
fn error_of<N, O, G: Copy>(net: N, x: &Array2<f64>, objective: O, targets: G) -> String
where
    N: for<'a> Network<Real = f64, Inputs<'a> = ndarray::ArrayView2<'a, f64>>,
    O: Objective<N::Heads, G>,
{
    let mut net = net;
    let mut training = net.training(1);
    net.forward_training(&mut training, x.view()).unwrap();
    let error = objective.evaluate(&mut training.outputs, targets).unwrap_err();
    assert_eq!(objective.loss(&training.outputs, targets).unwrap_err().to_string(), error.to_string());
    error.to_string()
}

fn error<G: Copy>(
    objective: impl Objective<<Softmax<f64> as Network>::Heads, G>,
    items: usize,
    targets: G,
) -> String {
    error_of(Softmax::new(1), &Array2::zeros((items, 5)), objective, targets)
}

#[test]
fn targets_that_do_not_fit_are_named() {
    assert_eq!(
        error(CategoricalCrossentropy, 3, &array![0, 5, 1]),
        "categorical_crossentropy: target number 1 is class 5, and the classes are 0 to 4"
    );
    assert!(error(CategoricalCrossentropy, 1, &array![-1]).contains("is class -1"));
    assert!(error(CategoricalCrossentropy, 1, &array![u64::MAX]).contains("18446744073709551615"));
    assert_eq!(
        error(CategoricalCrossentropy, 3, &array![0, 1]),
        "categorical_crossentropy: for predictions of shape [3, 5], targets must be class numbers of shape [3] or \
         shares of shape [3, 5]; found [2]"
    );
    assert_eq!(
        error(SquaredError, 2, &Array2::zeros((2, 4))),
        "squared_error: for predictions of shape [2, 5], targets must be values of the same shape; found [2, 4]"
    );
    assert!(error(SquaredError, 0, &Array2::zeros((0, 5))).contains("the batch is empty"));
    assert!(error(CategoricalCrossentropy, 0, &Array1::<u8>::zeros(0)).contains("the batch is empty"));
    let error = squared_error(&array![1.0], &array![1.0, 2.0]).unwrap_err();
    assert!(matches!(error, ObjectiveError::Shape { objective: "squared_error", .. }));
}

#[test]
fn weights_count() {
    let x = scores();
    let targets = x.mapv(|x| x.sin());
    let weights = x.mapv(|x| if x > 0.0 { x } else { 0.0 });
    let squares = squared_error(&x, &targets).unwrap();
    for (mode, divisor) in
        [(Aggregation::Mean, 20.0), (Aggregation::Sum, 1.0), (Aggregation::NormalizedSum, weights.sum())]
    {
        let expected = (&squares * &weights).sum() / divisor;
        let found = aggregate(&squares, Some(&weights), mode).unwrap();
        assert!((found - expected).abs() < 1e-14);
        let weighted = Weighted(SquaredError, mode);
        let (loss, gradient) = mean(Same::new(1), &x, weighted, (targets.view(), weights.view()));
        assert_eq!(mean(Same::new(1), &x, weighted, (&targets, &weights)), (loss, gradient.clone()));
        assert!((loss - expected).abs() < 1e-14);
        let expected = 2.0 * (&x - &targets) * &weights / divisor;
        assert_close("gradient", gradient.into_dyn().view(), expected.into_dyn().view(), 1e-14);
    }
    assert!((aggregate(&squares, None, Aggregation::Mean).unwrap() - squares.mean().unwrap()).abs() < 1e-14);
    assert_eq!(aggregate(&squares, None, Aggregation::Sum).unwrap(), squares.sum());
    let error = aggregate(&squares, Some(&targets.t().to_owned()), Aggregation::Sum).unwrap_err();
    assert!(
        error.to_string().contains("for losses of shape [4, 5], weights must have that shape"),
        "{error}"
    );
}

#[test]
fn losses_become_one_number() {
    let losses = array![[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]];
    let (of_items, of_all) = (array![[2.0], [0.5]], array![[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]);
    let sum = |weights: Option<&Array2<f64>>, mode| aggregate(&losses, weights.map(|w| &**w), mode);
    assert_eq!(sum(None, Aggregation::Sum), Ok(22.0));
    assert_eq!(sum(None, Aggregation::Mean), Ok(22.0 / 6.0));
    assert_eq!(sum(Some(&of_items), Aggregation::Sum), Ok(12.0 + 8.0));
    assert_eq!(sum(Some(&of_items), Aggregation::Mean), Ok(20.0 / 6.0));
    assert_eq!(sum(Some(&of_items), Aggregation::NormalizedSum), Ok(20.0 / 2.5));
    assert_eq!(sum(Some(&of_all), Aggregation::NormalizedSum), Ok(16.0 / 4.0));
    let error = sum(None, Aggregation::NormalizedSum).unwrap_err().to_string();
    assert!(error.contains("give weights"), "{error}");
    let error = sum(Some(&(&of_all * 0.0)), Aggregation::NormalizedSum).unwrap_err().to_string();
    assert!(error.contains("the sum of the weights, and that is 0"), "{error}");
    let error = sum(Some(&array![[1.0, 1.0]]), Aggregation::Mean).unwrap_err().to_string();
    assert_eq!(
        error,
        "aggregate: for losses of shape [2, 3], weights must have that shape, or length 1 along the axes where one weight \
         counts for all; found [1, 2]"
    );
}

#[test]
fn a_prediction_of_the_threshold_is_of_class_1() {
    let (predictions, targets) = (array![0.5, 0.5, 0.4, 0.6], array![1.0, 0.0, 0.0, 1.0]);
    assert_eq!(binary_accuracy(&predictions, &targets, 0.5).unwrap(), array![1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn items_of_weight_zero_are_not_looked_at() {
    let mut x = scores();
    let objective = Weighted(CategoricalCrossentropy, Aggregation::NormalizedSum);
    let (weights, classes) = (array![1.0, 0.0, 3.0, 0.5], array![3, -7, 4, 1]);
    x.row_mut(1).fill(f64::NAN);
    let (loss, gradient) = mean(Softmax::new(1), &x, objective, (&classes, weights.view()));
    let one = |item: usize| {
        let row = x.slice(ndarray::s![item..=item, ..]).to_owned();
        mean(Softmax::new(1), &row, CategoricalCrossentropy, &array![classes[item]]).0
    };
    assert!((loss - (one(0) + 3.0 * one(2) + 0.5 * one(3)) / 4.5).abs() < 1e-14);
    assert!(gradient.row(1).iter().all(|&gradient| gradient == 0.0));
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let x = scores();
    let classes = array![0, 1, 2, 3];
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        let expected =
            |name| format!("{name}: `delta` is {wrong}, and must be a finite number of at least 0");
        let hinge = BinaryHingeLoss { delta: wrong, ..Default::default() };
        assert_eq!(error_of(Same::new(1), &x, hinge, &x), expected("binary_hinge_loss"));
        assert_eq!(binary_hinge_loss(&x, &x, hinge).unwrap_err().to_string(), expected("binary_hinge_loss"));
        let hinge = MulticlassHingeLoss { delta: wrong };
        assert_eq!(error_of(Same::new(1), &x, hinge, &classes), expected("multiclass_hinge_loss"));
        assert_eq!(
            multiclass_hinge_loss(&x, &classes, wrong).unwrap_err().to_string(),
            expected("multiclass_hinge_loss")
        );
    }
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let expected = format!("huber_loss: `delta` is {wrong}, and must be a finite number above 0");
        assert_eq!(error_of(Same::new(1), &x, HuberLoss { delta: wrong }, &x), expected);
        assert_eq!(huber_loss(&x, &x, wrong).unwrap_err().to_string(), expected);
        let weighted = Weighted(HuberLoss { delta: wrong }, Aggregation::Sum);
        assert_eq!(error_of(Same::new(1), &x, weighted, (&x, &x)), expected);
    }
    let perceptron = BinaryHingeLoss { delta: 0.0, ..Default::default() };
    binary_hinge_loss(&x, &x, perceptron).unwrap();
    multiclass_hinge_loss(&x, &classes, 0.0).unwrap();
}

#[test]
fn predictions_must_be_probabilities() {
    let classes = array![0, 1];
    // Rounding may take them a little too far, and what has weight 0 is not looked at.
    let rounded = array![[1.000_01, -0.000_01], [0.5, 0.5]];
    categorical_crossentropy(&rounded, &classes).unwrap();
    binary_crossentropy(&rounded, &rounded).unwrap();
    let wrong = array![[0.5, 0.5], [0.25, 1.5]];
    let message = |name, nonlinearity| {
        format!(
            "{name}: the output at [1, 1] is 1.5, and must be a probability, from 0 to 1; end the network with \
             `{nonlinearity}`"
        )
    };
    let categorical = message("categorical_crossentropy", "softmax");
    assert_eq!(categorical_crossentropy(&wrong, &classes).unwrap_err().to_string(), categorical);
    // The other class is the wrong one.
    assert_eq!(categorical_crossentropy(&wrong, &array![0, 0]).unwrap_err().to_string(), categorical);
    assert_eq!(error_of(Pairs::new(1), &wrong, CategoricalCrossentropy, &classes), categorical);
    assert_eq!(error_of(Pairs::new(1), &wrong, CategoricalCrossentropy, &rounded), categorical);
    let binary = message("binary_crossentropy", "sigmoid");
    assert_eq!(binary_crossentropy(&wrong, &rounded).unwrap_err().to_string(), binary);
    assert_eq!(error_of(Pairs::new(1), &wrong, BinaryCrossentropy, &rounded), binary);
    let odds = BinaryHingeLoss { log_odds: false, ..Default::default() };
    assert_eq!(error_of(Pairs::new(1), &wrong, odds, &rounded), message("binary_hinge_loss", "sigmoid"));
    let weighted = Weighted(CategoricalCrossentropy, Aggregation::Mean);
    mean(Pairs::new(1), &wrong, weighted, (&classes, &array![1.0, 0.0]));
    let weighted = Weighted(BinaryCrossentropy, Aggregation::Mean);
    mean(Pairs::new(1), &wrong, weighted, (&rounded, &array![[1.0, 1.0], [1.0, 0.0]]));
    // A training that diverged has other errors.
    assert!(categorical_crossentropy(&array![[f64::NAN, 0.5]], &array![0]).unwrap()[0].is_nan());
}

#[test]
fn an_objective_of_ones_own() {
    struct FourthPower;
    impl layercake::objectives::Elementwise for FourthPower {
        const NAME: &'static str = "fourth_power";
        fn element<T: layercake::Real>(&self, p: T, t: T) -> T {
            (p - t).powi(4)
        }
        fn derivative<T: layercake::Real>(&self, p: T, t: T) -> T {
            T::of(4.0) * (p - t).powi(3)
        }
    }
    let x = scores();
    let targets = Array2::from_elem(x.dim(), 0.25);
    let by_value = |x: &Array2<f64>| x.mapv(|x| (x - 0.25).powi(4)).mean().unwrap();
    let (loss, gradient) = mean(Same::new(1), &x, FourthPower, &targets);
    assert!((loss - by_value(&x)).abs() < 1e-12);
    assert_close("gradient", gradient.into_dyn().view(), differences(&x, by_value).into_dyn().view(), 1e-8);
}

#[test]
fn heads_show_what_the_objective_did() {
    let mut net = Softmax::<f64>::new(1);
    let mut training = net.training(1);
    net.forward_training(&mut training, &scores()).unwrap();
    CategoricalCrossentropy.evaluate(&mut training.outputs, &array![0, 1, 2, 3]).unwrap();
    let head: &mut Head<f64, Cpu, Ix2> = &mut training.outputs;
    assert_eq!(*head.parts().gradient_of, layercake::GradientOf::Scores);
    SquaredError.evaluate(head, &scores()).unwrap();
    assert_eq!(*head.parts().gradient_of, layercake::GradientOf::Values);
    assert_eq!(head.get().elements().len(), 20);
}
