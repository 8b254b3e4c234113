//! Objectives, rules of update and constraints on norms, with settings drawn at random, against values computed from
//! Lasagne's definitions; `tests/golden/README.md` tells how.

use layercake_tests::golden::{Case, assert_close};
use ndarray::ArrayViewD;

mod objectives;
mod updates;

/// How far values may be from those that NumPy and Theano computed in another order.
const TOLERANCE: f64 = 1e-10;

fn close(case: &Case, array: &str, found: ArrayViewD<f64>) {
    assert_close(&format!("{}, {array}", case.name()), found, case.array(array).view(), TOLERANCE);
}
