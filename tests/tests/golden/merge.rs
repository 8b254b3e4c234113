//! Several inputs.

use super::*;

golden! {
    concat, "concat": { let a = input(3, 4); let b = input(2, 4); concat(a, b) }
}
