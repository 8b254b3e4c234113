//! Merges of inputs that do not have one shape: which elements meet.

use layercake::prelude::*;
use ndarray::{Array2, Array3, array, concatenate, s};

fn numbered(shape: (usize, usize, usize)) -> Array3<f64> {
    Array3::from_shape_fn(shape, |(item, i, j)| (100 * item + 10 * i + j) as f64)
}

#[test]
fn cropping_keeps_the_part_that_it_names() {
    network! { struct Sum < let a = input(5, 3); let b = input(2, 6); add(a, b, cropping = (none, center, upper)) > }
    network! { struct Max < let a = input(5, 3); let b = input(2, 6); max(a, b, cropping = (none, lower, center)) > }
    let (a, b) = (numbered((2, 5, 3)), numbered((2, 2, 6)));
    let sum = Sum::<f64>::new(1).forward((a.view(), b.view())).unwrap();
    assert_eq!(sum, &a.slice(s![.., 1..3, ..]) + &b.slice(s![.., .., 3..]));
    let max = Max::<f64>::new(1).forward((a.view(), b.view())).unwrap();
    let (a, b) = (a.slice(s![.., ..2, ..]), b.slice(s![.., .., 1..4]));
    assert_eq!(max, ndarray::Zip::from(&a).and(&b).map_collect(|&a, &b| a.max(b)));
}

#[test]
fn concat_crops_all_but_the_axis_joined_along() {
    network! { struct Joined < let a = input(5, 3); let b = input(2, 6); concat(a, b, cropping = (none, upper, upper)) > }
    let (a, b) = (numbered((2, 5, 3)), numbered((2, 2, 6)));
    let joined = Joined::<f64>::new(1).forward((a.view(), b.view())).unwrap();
    assert_eq!(joined, concatenate![ndarray::Axis(1), a, b.slice(s![.., .., 3..])]);
}

#[test]
fn axes_of_length_1_are_repeated() {
    network! { struct Product < let a = input(5, 1); let b = input(1, 3); mul(a, b) > }
    let a = Array3::from_shape_fn((2, 5, 1), |(item, i, _)| (item + i) as f64);
    let b = Array3::from_shape_fn((2, 1, 3), |(item, _, j)| (item * 7 + j) as f64);
    let product = Product::<f64>::new(1).forward((a.view(), b.view())).unwrap();
    assert_eq!(product, a.broadcast((2, 5, 3)).unwrap().to_owned() * b.broadcast((2, 5, 3)).unwrap());
}

#[test]
fn functions_join_from_the_left() {
    network! {
        struct Difference <
            let a = input(2);
            let b = input(2);
            elemwise_merge(a, b, a, merge_function = |a, b| 2.0 * a - b, derivative = |_, _| (2.0, -1.0))
        >
    }
    let (a, b): (Array2<f64>, Array2<f64>) = (array![[1.0, 5.0]], array![[3.0, -2.0]]);
    let found = Difference::<f64>::new(1).forward((a.view(), b.view())).unwrap();
    assert_eq!(found, array![[2.0 * (2.0 - 3.0) - 1.0, 2.0 * (10.0 + 2.0) - 5.0]]);
}

#[test]
fn the_first_of_equal_elements_gets_the_gradient() {
    network! { struct Max < let a = input(1); let b = input(1); let c = input(1); maximum(a, b, c) > }
    network! { struct Min < let a = input(1); let b = input(1); let c = input(1); minimum(a, b, c) > }
    let inputs = (array![[1.0], [0.0]], array![[2.0], [0.0]], array![[2.0], [0.0]]);
    let mut net = Max::<f64>::new(1);
    let mut training = net.training(1);
    net.forward_training(&mut training, (inputs.0.view(), inputs.1.view(), inputs.2.view())).unwrap();
    training.outputs.set_gradient(array![[5.0], [7.0]].view()).unwrap();
    let found = net.backward_to_inputs(&mut training);
    assert_eq!(found, (array![[0.0], [7.0]], array![[5.0], [0.0]], array![[0.0], [0.0]]));
    let mut net = Min::<f64>::new(1);
    let mut training = net.training(1);
    net.forward_training(&mut training, (inputs.0.view(), inputs.1.view(), inputs.2.view())).unwrap();
    training.outputs.set_gradient(array![[5.0], [7.0]].view()).unwrap();
    let found = net.backward_to_inputs(&mut training);
    assert_eq!(found, (array![[5.0], [7.0]], array![[0.0], [0.0]], array![[0.0], [0.0]]));
}

#[test]
fn not_a_number_is_the_largest_and_the_smallest() {
    network! { struct Max < let a = input(1); let b = input(1); maximum(a, b) > }
    network! { struct Min < let a = input(1); let b = input(1); minimum(a, b) > }
    for inputs in [(array![[f64::NAN]], array![[1.0]]), (array![[1.0]], array![[f64::NAN]])] {
        let both = || (inputs.0.view(), inputs.1.view());
        assert!(Max::<f64>::new(1).forward(both()).unwrap()[[0, 0]].is_nan());
        assert!(Min::<f64>::new(1).forward(both()).unwrap()[[0, 0]].is_nan());
    }
}

#[test]
fn inputs_are_views_or_references() {
    network! { struct Sum < let a = input(2); let b = input(2); add(a, b) > }
    let (a, b) = (array![[1.0, 2.0], [3.0, 4.0]], array![[10.0, 20.0], [30.0, 40.0]]);
    let (net, expected) = (Sum::<f64>::new(1), array![[11.0, 22.0], [33.0, 44.0]]);
    assert_eq!(net.forward((&a, &b)).unwrap(), expected);
    assert_eq!(net.forward((a.view(), &b)).unwrap(), expected);
    // References to parts, and to what is not in standard layout.
    let turned = b.t().as_standard_layout().into_owned().reversed_axes();
    assert!(!turned.is_standard_layout());
    assert_eq!(net.forward((&*a, &turned)).unwrap(), expected);
}
