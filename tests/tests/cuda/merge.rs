//! Several inputs, and values that are read more than once.

use super::*;
use crate::same;
use layercake::layers::ExpressionCode;
use ndarray::Array2;

/// A function of one's own, alike in Rust and CUDA C: `sqrt(1 + (a - 2 b)^2)`.
struct Distance;

fn distance(a: f64, b: f64) -> f64 {
    (1.0 + (a - 2.0 * b) * (a - 2.0 * b)).sqrt()
}

fn distances(a: f64, b: f64) -> (f64, f64) {
    let slope = (a - 2.0 * b) / distance(a, b);
    (slope, -2.0 * slope)
}

// SAFETY: expressions of `a` and `b`, without effects.
unsafe impl ExpressionCode<2> for Distance {
    const FUNCTION: &'static str = "sqrt(1 + (a - 2 * b) * (a - 2 * b))";
    const DERIVATIVES: [&'static str; 2] = [
        "(a - 2 * b) / sqrt(1 + (a - 2 * b) * (a - 2 * b))",
        "(4 * b - 2 * a) / sqrt(1 + (a - 2 * b) * (a - 2 * b))",
    ];
}

same! {
    sums, (3, 41), (3, 41), (3, 41); {
        let a = input(41);
        let b = input(41);
        let c = input(41);
        let x = add(a, b, c, coeffs = (2, -1, 0.5)) => dense(5, tanh);
        elemwise_sum(x, x, coeffs = 0.3) => dense(2, tanh)
    }
    sums_cropped, (2, 3, 5, 4), (2, 3, 2, 6); {
        let a = input(3, 5, 4);
        let b = input(3, 2, 6);
        add(a, b, cropping = (none, none, center, upper)) => dense(2, tanh)
    }
    sums_repeated, (2, 3, 1, 4), (2, 1, 5, 1); {
        let a = input(3, 1, 4);
        let b = input(1, 5, 1);
        add(a, b, coeffs = (1.5, -2)) => dense(2, tanh)
    }
    sums_repeated_often, (3, 7, 11), (3, 1, 1), (3, 1, 11); {
        let a = input(7, 11);
        let b = input(1, 1);
        let c = input(1, 11);
        add(b, a, c) => flatten => dense(2, tanh)
    }
    products, (3, 41), (3, 41); {
        let a = input(41);
        let b = input(41);
        let c = a => dense(41, tanh);
        mul(a, c, b) => dense(2, tanh)
    }
    products_cropped, (2, 3, 5), (2, 4, 3); {
        let a = input(3, 5);
        let b = input(4, 3);
        mul(a, b, cropping = (none, lower, center)) => dense(2, tanh)
    }
    products_repeated, (2, 3, 6, 7), (2, 3, 1, 1); {
        let a = input(3, 6, 7);
        let b = input(3, 1, 1);
        mul(a, b) => dense(2, tanh)
    }
    largest, (5, 1), (5, 6); {
        let x = input(1);
        let a = input(6);
        let b = a => dense(6, sigmoid);
        maximum(x, a, b, a) => dense(2, tanh)
    }
    smallest, (5, 6); {
        let x = input(6);
        let a = x => dense(6, tanh);
        let b = x => dense(6, sigmoid);
        min(a, b, x) => dense(2, tanh)
    }
    merges_by_an_own_function, (3, 41), (3, 41); {
        let a = input(41);
        let b = input(41);
        let c = a => dense(41, tanh);
        elemwise_merge(a, c, b, merge_function = distance, derivative = distances, code = Distance) => dense(2, tanh)
    }
    merges_by_an_own_function_repeated, (2, 3, 1, 4), (2, 1, 5, 6); {
        let a = input(3, 1, 4);
        let b = input(1, 5, 6);
        elemwise_merge(
            a, b, a, b, merge_function = distance, derivative = distances, code = Distance,
            cropping = (none, none, none, upper)
        ) => dense(2, linear)
    }
    merges_by_addition, (5, 4), (5, 4); {
        let a = input(4);
        let b = input(4);
        elemwise_merge(a, b, merge_function = add) => dense(2, tanh)
    }
    concats, (2, 3, 5), (2, 2, 5), (2, 1, 5); {
        let a = input(3, 5);
        let b = input(2, 5);
        let c = input(1, 5);
        concat(a, b, c, a) => dense(2, tanh)
    }
    concats_of_the_last_axis, (3, 2, 3, 5), (3, 2, 3, 2); {
        let a = input(2, 3, 5);
        let b = input(2, 3, 2);
        concat(a, b, axis = -1) => dense(2, tanh)
    }
    concats_cropped, (2, 3, 5, 4), (2, 2, 3, 6); {
        let a = input(3, 5, 4);
        let b = input(2, 3, 6);
        concat(a, b, cropping = (none, none, center, upper)) => dense(2, tanh)
    }
}

#[test]
fn a_merge_by_a_function_in_rust_alone_is_named() {
    network! {
        struct Own <
            let a = input(4);
            let b = input(4);
            elemwise_merge(a, b, merge_function = |a, b| a * b, derivative = |a, b| (b, a))
        >
    }
    let x = Array2::<f64>::zeros((3, 4));
    for device in devices::cuda() {
        let error = Own::<f64>::new(1).to(&device).unwrap_err();
        let expected = "cuda: there are no kernels for the elemwise_merge `elemwise_merge1` with a function in Rust \
                        alone; use the option `code`, a type that implements `layercake::layers::ExpressionCode<2>`, or \
                        add, mul, maximum or minimum";
        assert_eq!(error.to_string(), expected);
        // One that is made there says it to the first who asks, and never computes.
        let net = Own::<f64, Cuda>::on(&device, 1);
        assert_eq!(device.status().unwrap_err().to_string(), expected);
        net.forward((x.view(), x.view())).unwrap_err();
    }
}
