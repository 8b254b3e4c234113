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
