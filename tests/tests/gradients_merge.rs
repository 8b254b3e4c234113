//! Finite differences in f64: merges, noise, and functions of one's own.

use layercake_tests::check;

fn softsign(x: f64) -> f64 {
    x / (1.0 + x.abs())
}

fn softsign_derivative(x: f64) -> f64 {
    (1.0 + x.abs()).powi(-2)
}

check! { sum_with_coefficients, (3, 4), (3, 4), (3, 4);
    let a = input(4);
    let b = input(4);
    let c = input(4);
    add(a, b, c, coeffs = (2, -1, 0.5)) => dense(2, tanh)
}
check! { sum_with_one_coefficient, (3, 4); let x = input(4); let y = x => dense(4, tanh); elemwise_sum(x, y, y, coeffs = 0.3) => dense(2, tanh) }
check! { sum_cropped, (2, 3, 5, 4), (2, 3, 2, 6);
    let a = input(3, 5, 4);
    let b = input(3, 2, 6);
    add(a, b, cropping = (none, none, center, upper)) => dense(2, tanh)
}
check! { sum_repeated, (2, 3, 1, 4), (2, 1, 5, 1);
    let a = input(3, 1, 4);
    let b = input(1, 5, 1);
    add(a, b) => dense(2, tanh)
}
check! { product_of_three, (3, 4), (3, 4); let a = input(4); let b = input(4); let c = a => dense(4, tanh); mul(a, b, c) => dense(2, tanh) }
check! { product_cropped, (2, 3, 5), (2, 4, 3); let a = input(3, 5); let b = input(4, 3); mul(a, b, cropping = (none, lower, center)) => dense(2, tanh) }
check! { product_repeated, (2, 3, 2, 2), (2, 3, 1, 1); let a = input(3, 2, 2); let b = input(3, 1, 1); mul(a, b) => dense(2, tanh) }
check! { gate, (3, 4); let x = input(4); let gate = x => dense(4, sigmoid); mul(x, gate) => dense(2, tanh) }
check! { largest_of_three, (5, 6); let x = input(6); let a = x => dense(4, tanh); let b = x => dense(4, sigmoid); let c = x => dense(4, linear); maximum(a, b, c) => dense(2, tanh) }
check! { smallest_of_three, (5, 6); let x = input(6); let a = x => dense(4, tanh); let b = x => dense(4, sigmoid); let c = x => dense(4, linear); min(a, b, c) => dense(2, tanh) }
check! { own_merge_of_three, (5, 4), (5, 4); let a = input(4); let b = input(4); let c = b => dense(4, sigmoid);
    elemwise_merge(a, c, b, merge_function = |a, b| a * a + a * b, derivative = |a, b| (2.0 * a + b, a)) => dense(2, tanh)
}
check! { merge_by_addition, (5, 4), (5, 4); let a = input(4); let b = input(4); elemwise_merge(a, b, merge_function = add) => dense(2, tanh) }
check! { concat_cropped, (2, 3, 5, 4), (2, 2, 3, 6), (2, 1, 4, 4);
    let a = input(3, 5, 4);
    let b = input(2, 3, 6);
    let c = input(1, 4, 4);
    concat(a, b, c, cropping = (none, none, center, upper)) => dense(2, tanh)
}
check! { concat_of_the_last_axis, (2, 3, 5), (2, 3, 2); let a = input(3, 5); let b = input(3, 2); concat(a, b, axis = -1) => dense(2, tanh) }
check! { concat_of_rows_cropped, (2, 3, 5), (2, 2, 3); let a = input(3, 5); let b = input(2, 3); concat(a, b, axis = 2, cropping = (none, lower, lower)) => dense(2, tanh) }

check! { gaussian_noise, (3, 4); input(4) => gaussian_noise(0.3) => dense(3, tanh) => gaussian_noise }
check! { dropped_channels, (3, 4, 2, 3); input(4, 2, 3) => dropout_channels(0.4) => dense(3, tanh) }
check! { dropped_locations, (3, 4, 2, 3); input(4, 2, 3) => dropout_locations(0.4, rescale = false) => dense(3, tanh) }
check! { dropped_alike_in_the_batch, (3, 9); input(9) => dense(7, tanh) => dropout(0.4, shared_axes = 0) => dense(3, tanh) }
check! { dropped_alike_after_relu, (3, 2, 9); input(2, 9) => dense(7, relu, num_leading_axes = 2) => dropout(0.4, shared_axes = 1) => dense(3, tanh) }
check! { rrelu_of_channels, (3, 4, 2); input(4, 2) => rrelu => dense(3, tanh) }
check! { rrelu_of_each_element, (3, 4, 2); input(4, 2) => rrelu(0.1, 0.9, shared_axes = ()) => dense(3, tanh) }

check! { own_function, (3, 4); input(4) => expression(softsign, softsign_derivative) => dense(3, tanh) }
check! { own_closure, (3, 4); input(4) => dense(3, linear) => expression(|x| x * x, |x| 2.0 * x) }
check! { scaled_elu, (3, 4); input(4) => dense(3, scaled_elu(0.7, 1.9)) => dense(2, identity) }
