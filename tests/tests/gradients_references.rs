//! Layers that name an earlier layer, shared parameters and inverses: finite differences, and what they make.

use layercake::check;
use layercake::prelude::*;
use layercake_tests::training::values;
use ndarray::{Array2, Array4};

/// Checks a network made of the text, for an input of the given shape (the batch axis included).
macro_rules! check {
    ($name:ident, $shape:expr; $($network:tt)*) => {
        #[test]
        fn $name() {
            network! { struct Checked < $($network)* > }
            let mut net = Checked::<f64>::new(5);
            for parameter in net.parameters_mut() {
                let noise = values(parameter.shape()).mapv(|value: f64| 0.3 * value);
                let value = parameter.get() + noise;
                parameter.set(value.view()).unwrap();
            }
            check::gradients(&mut net, &values($shape), 2e-7).unwrap();
        }
    };
}

check! { shared_dense, (4, 5); input(5) => hidden: dense(5, tanh) => dense(5, elu, share = hidden) => dense(5, share = dense1) => dense(2) }
check! { shared_in_a_repeat, (4, 5); input(5) => first: dense(5, tanh) => repeat(3) { dense(5, tanh, share = first) => dropout(0.2) } => dense(2) }
check! { shared_by_two_branches, (4, 3, 6);
    let x = input(3, 6);
    let a = x => both: dense(4, tanh, num_leading_axes = 2) => flatten;
    let b = x => nonlinearity(tanh) => dense(4, sigmoid, num_leading_axes = 2, share = both) => flatten;
    (concat(a, b) => dense(2, softmax), a)
}
check! { shared_without_biases, (4, 5); input(5) => dense(5, tanh, b = none) => dense(5, linear, b = none, share = dense1) }
check! { shared_filters_on_images_of_other_sizes, (3, 2, 7, 6); input(2, 7, 6) => conv2d(2, 3, tanh) => max_pool2d((2, 1)) => conv2d(2, 3, linear, pad = same, share = conv2d1) => max_pool2d(2) }

check! { inverse_of_dense, (4, 6); input(6) => dense(3, tanh) => inverse(dense1) }
check! { inverse_of_dense_with_relu, (4, 6); input(6) => h: dense(5, relu) => dense(5, tanh) => inverse(h) => dense(2) }
check! { inverse_of_dense_with_softmax, (4, 6); input(6) => h: dense(4, softmax) => dense(4, linear) => inverse(h) }
check! { inverse_of_dense_with_leading_axes, (3, 2, 5); input(2, 5) => h: dense(4, softplus, num_leading_axes = 2) => inverse(h) => dense(2) }
check! { inverse_of_dense_on_images, (3, 2, 2, 3); input(2, 2, 3) => dense(5, elu) => inverse(dense1) => conv2d(1, 2, tanh) }
check! { inverse_of_functions, (3, 5); input(5) => dense(5, selu) => inverse(dense1) => a: nonlinearity(sigmoid) => b: nonlinearity(scaled_tanh(0.5, 2.27)) => inverse(b) => inverse(a) }
check! { inverse_of_conv2d, (3, 2, 6, 5); input(2, 6, 5) => conv2d(3, 3, tanh) => inverse(conv2d1) => conv2d(2, 2) }
check! { inverse_of_conv2d_stride_pad, (2, 2, 7, 6); input(2, 7, 6) => a: conv2d(3, (3, 2), elu, stride = (2, 3), pad = (2, 1), flip_filters = false) => inverse(a) }
check! { inverse_of_conv2d_softmax_untied, (2, 1, 4, 5); input(1, 4, 5) => a: conv2d(2, 2, softmax, untie_biases = true) => inverse(a) => dense(2) }
check! { an_autoencoder, (3, 1, 8, 8);
    input(1, 8, 8)
    => conv2d(3, 3, tanh)
    => max_pool2d(2)
    => flatten
    => dense(10, tanh)
    => inverse(dense1)
    => inverse(flatten1)
    => inverse(max_pool2d1)
    => inverse(conv2d1)
}
check! { unpooling_with_overlaps, (2, 2, 7, 6); input(2, 7, 6) => max_pool2d(3, stride = 2, pad = 1) => nonlinearity(tanh) => inverse(max_pool2d1) => dense(3) }
check! { inverse_of_a_shared_layer, (3, 4); input(4) => a: dense(4, tanh) => b: dense(4, sigmoid, share = a) => inverse(b) => inverse(a) }
check! { inverse_of_an_output, (3, 4); let h = input(4) => a: dense(3, tanh); (h, h => inverse(a)) }

#[test]
fn shared_parameters_count_once() {
    network! {
        struct Tied <
            input(5) => hidden: dense(5, tanh) => dense(5, tanh, share = hidden) => dense(5) => dense(5, share = dense2)
        >
    }
    let net = Tied::<f32>::new(1);
    let names: Vec<&str> = net.parameters().iter().map(|parameter| parameter.name()).collect();
    assert_eq!(names, ["hidden.w", "hidden.b", "dense2.w", "dense2.b"]);
    assert_eq!((net.count_parameters(), net.summary().parameters()), (60, 60));
}

#[test]
fn a_shared_layer_is_applied_twice() {
    network! { struct Once < input(5) => hidden: dense(5, tanh) > }
    network! { struct Twice < input(5) => hidden: dense(5, tanh) => dense(5, tanh, share = hidden) > }
    let (once, mut twice) = (Once::<f64>::new(1), Twice::<f64>::new(2));
    twice.set_parameter_values(&once.parameter_values()).unwrap();
    let x: Array2<f64> = values((3, 5));
    assert_eq!(once.forward(&once.forward(&x).unwrap()).unwrap(), twice.forward(&x).unwrap());
}

#[test]
fn unpooling_puts_values_where_the_largest_were() {
    network! { struct Unpool < input(1, 2, 4) => max_pool2d(2) => inverse(max_pool2d1) > }
    let x = Array4::from_shape_vec((1, 1, 2, 4), vec![1., 2., 9., 8., 4., 3., 6., 7.]).unwrap();
    let expected = Array4::from_shape_vec((1, 1, 2, 4), vec![0., 0., 9., 0., 4., 0., 0., 0.]).unwrap();
    assert_eq!(Unpool::<f64>::new(1).forward(&x).unwrap(), expected);
}
