//! Networks with inputs of class and word numbers.

use layercake::prelude::*;
use layercake::{InputError, check};
use layercake_tests::training::values;
use ndarray::{Array1, Array2, Array3, ShapeBuilder, array};

network! { struct Words < let words = input(4, dtype = i32); words => embedding(6, 3) => dense(2, tanh) > }

network! {
    /// Words that are looked up twice, beside real numbers.
    struct Mixed <
        let words = input(2, 2, dtype = i32);
        let clue = input(3);
        let long = words => flatten => embedding(9, 3, w = normal(1)) => flatten;
        let short = words => embedding(7, 2, w = normal(1)) => flatten;
        concat(long, clue, short) => dense(4, tanh) => dropout(0.2) => dense(2, softmax)
    >
}

fn words<const N: usize>(numbers: [i32; N]) -> Array1<i32> {
    Array1::from_vec(numbers.to_vec())
}

#[test]
fn gradients() {
    let x = array![[0, 5, 2, 2], [3, 2, 0, 1], [5, 5, 5, 5]];
    check::gradients(&mut Words::<f64>::new(3), &x, 1e-7).unwrap();
    let words = words([0, 1, 6, 6, 3, 2, 1, 0]).into_shape_with_order((2, 2, 2)).unwrap();
    check::gradients(&mut Mixed::<f64>::new(3), &(words, values((2, 3))), 1e-7).unwrap();
}

#[test]
fn there_are_gradients_with_respect_to_real_inputs_alone() {
    let mut net = Mixed::<f32>::new(1);
    let mut training = net.training(1);
    let (words, clue): (Array3<i32>, Array2<f32>) = (Array3::ones((5, 2, 2)), values((5, 3)));
    net.forward_training(&mut training, (&words, &clue)).unwrap();
    training.outputs.set_gradient(values((5, 2)).view()).unwrap();
    let ((), gradient) = net.backward_to_inputs(&mut training);
    assert_eq!(gradient.shape(), [5, 3]);
    assert!(gradient.iter().all(|value| *value != 0.0));
    let table = training.gradients.embedding1.w.view();
    for (word, row) in table.outer_iter().enumerate() {
        assert_eq!(row.iter().any(|value| *value != 0.0), word == 1);
    }
}

#[test]
fn numbers_out_of_range_are_named_before_anything_changes() {
    let mut net = Words::<f32>::new(1);
    let mut training = net.training(1);
    let right = Array2::zeros((3, 4));
    net.forward_training(&mut training, &right).unwrap();
    let before = training.outputs.get();
    for found in [6, 7, -1, i32::MAX, i32::MIN] {
        let mut wrong = right.clone();
        wrong[[2, 1]] = found;
        let (name, layer) = ("words", "embedding1");
        let expected = InputError::Number { name, place: vec![2, 1], found, layer, input_size: 6 };
        assert_eq!(net.forward(&wrong).unwrap_err(), expected);
        assert_eq!(net.forward_training(&mut training, &wrong).unwrap_err(), expected);
        assert_eq!(training.outputs.get(), before);
        let mut turned = Array2::zeros((3, 4).f());
        turned.assign(&wrong);
        assert_eq!(net.forward(&turned).unwrap_err(), expected);
    }
    let error = net.forward(&array![[0, 0, 9, 0]]).unwrap_err().to_string();
    let expected = "the input `words` holds 9 at [0, 2], and the layer `embedding1`, which looks its numbers up, has an \
                    input_size of 6; they must be at least 0 and below it";
    assert_eq!(error, expected);
    // The smaller of two tables decides.
    let net = Mixed::<f32>::new(1);
    let (words, clue) = (Array3::from_elem((1, 2, 2), 7), Array2::zeros((1, 3)));
    let error = net.forward((words.view(), clue.view())).unwrap_err();
    let (name, layer) = ("words", "embedding2");
    assert_eq!(error, InputError::Number { name, place: vec![0, 0, 0], found: 7, layer, input_size: 7 });
}

#[test]
fn classes_are_learnt() {
    network! { struct Parity < input(1, dtype = i32) => embedding(10, 4) => dense(2, softmax) > }
    let numbers = Array2::from_shape_fn((10, 1), |(number, _)| number as i32);
    let parity = Array1::from_shape_fn(10, |number| number % 2);
    let mut trainer = Trainer::new(Parity::<f32>::new(1), CategoricalCrossentropy, adam(0.1));
    let losses: Vec<f64> = (0..60).map(|_| trainer.step(&numbers, &parity).unwrap()).collect();
    assert!(losses[59] < 0.05 * losses[0], "{losses:?}");
}
