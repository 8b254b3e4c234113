//! Several inputs.

use super::*;

golden! {
    on every device;
    concat, "concat": { let a = input(3, 4); let b = input(2, 4); concat(a, b) }
    elemwise_sum, "elemwise_sum": { let a = input(3); let b = input(3); elemwise_sum(a, b, coeffs = (2, -1)) }
    add, "elemwise_sum": { let a = input(3); let b = input(3); add(a, b, coeffs = [2, -1]) }
    mul, "elemwise_mul": { let a = input(3); let b = input(3); mul(a, b) }
    elemwise_merge, "elemwise_mul": { let a = input(3); let b = input(3); elemwise_merge(a, b, merge_function = mul) }
    maximum, "elemwise_max": { let a = input(3); let b = input(3); maximum(a, b) }
}

/// By a function that only the processor has.
pub mod own {
    use super::*;

    golden! {
        elemwise_merge_own, "elemwise_mul": {
            let a = input(3);
            let b = input(3);
            elemwise_merge(a, b, merge_function = |a, b| a * b, derivative = |a, b| (b, a))
        }
    }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        concat_last_axis, "concat_last_axis": { let a = input(2, 3); let b = input(2, 1); let c = input(2, 4); concat(a, b, c, axis = -1) }
        concat_cropped, "concat_cropped": { let a = input(2, 5, 4); let b = input(3, 3, 6); concat(a, b, axis = 1, cropping = (none, none, center, upper)) }
        concat_cropped_axis, "concat_cropped_axis": { let a = input(2, 5, 4); let b = input(2, 3, 6); concat(a, b, axis = 2, cropping = (none, lower, center, lower)) }
        elemwise_sum_cropped, "elemwise_sum_cropped": { let a = input(5, 4); let b = input(2, 7); let c = input(3, 3); elemwise_sum(a, b, c, coeffs = (2, -1, 0.5), cropping = (none, center, upper)) }
        elemwise_sum_of_one_coefficient, "elemwise_sum_of_one_coefficient": { let a = input(3, 2); let b = input(3, 2); add(a, b, coeffs = -0.5) }
        elemwise_sum_repeated, "elemwise_sum_repeated": { let a = input(3, 1, 2); let b = input(1, 4, 2); add(a, b) }
        elemwise_mul_repeated, "elemwise_mul_repeated": { let a = input(1, 4); let b = input(3, 4); let c = input(3, 1); mul(a, b, c) }
        elemwise_min_cropped, "elemwise_min_cropped": { let a = input(4, 3); let b = input(3, 5); let c = input(5, 4); min(a, b, c, cropping = (none, lower, center)) }
    }
}
