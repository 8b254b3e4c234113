//! The same elements under other axes, fewer of them, or more around them.

use super::*;

golden! {
    on every device;
    flatten, "flatten": { input(3, 4, 5) => flatten(outdim = 3) }
    reshape, "reshape": { input(3, 4, 2) => reshape([1], -1) }
    dimshuffle, "dimshuffle": { input(3, 4, 5) => dimshuffle(3, 1, 2) }
    slice, "slice": { input(3, 6) => slice(1..4, axis = 2) }
    slice_index, "slice_index": { input(3, 6) => slice(-1, axis = 1) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        reshape_of_inputs, "reshape_of_inputs": { input(2, 3, 4) => reshape([3], -1, [1]) }
        dimshuffle_new_axes, "dimshuffle_new_axes": { input(2, 1, 3) => dimshuffle(x, 3, 1, x) }
        slice_steps, "slice_steps": { input(2, 7) => slice((-2..).step_by(-3), axis = 2) }
        slice_of_channels, "slice_of_channels": { input(4, 3, 2) => slice(-3..-1, axis = -3) }
        pad_value, "pad_value": { input(2, 3, 2) => pad(2, val = -1.5) }
        pad_sides, "pad_sides": { input(2, 3, 2) => pad([1, (0, 2), (3, 1)], batch_ndim = 1) }
    }
}

/// The same values by other words: each case is checked once more.
mod by_other_words {
    use super::*;

    golden! {
        reshape, "reshape": { input(3, 4, 2) => reshape(3, 8) }
        reshape_rest_first, "reshape": { input(3, 4, 2) => reshape(-1, 8) }
        dimshuffle, "dimshuffle": { input(3, 4, 5) => dimshuffle(x, 1, 3, x, 2) => dimshuffle(3, 2, 5) }
        slice, "slice": { input(3, 6) => slice(1..-2) }
        slice_backwards, "slice": { input(3, 6) => slice((3..0).step_by(-1)) => slice((..).step_by(-1), axis = -1) }
        slice_index, "slice_index": { input(3, 6) => slice(2, axis = -2) }
    }

    #[test]
    fn are_cases_of_the_table() {
        assert!(TESTED.iter().all(|case| super::TESTED.contains(case)));
    }
}

/// Lasagne computed no case of padding; these are by its definition.
mod padding {
    use ndarray::{Array2, Array4, s};

    use super::*;

    #[test]
    fn surrounds_all_axes_but_the_batch_and_the_channels() {
        network! { struct Padded < input(2, 3, 4) => pad(2, val = 1.5) > }
        let x: Array4<f64> = layercake_tests::training::values((5, 2, 3, 4));
        let mut expected = Array4::from_elem((5, 2, 7, 8), 1.5);
        expected.slice_mut(s![.., .., 2..5, 2..6]).assign(&x);
        assert_eq!(Padded::<f64>::new(1).forward(&x).unwrap(), expected);
    }

    #[test]
    fn has_a_width_for_each_axis_and_side() {
        network! { struct Padded < input(2, 3, 4) => pad([1, (0, 2)], batch_ndim = 1) > }
        let x: Array4<f64> = layercake_tests::training::values((5, 2, 3, 4));
        let mut expected = Array4::zeros((5, 4, 5, 4));
        expected.slice_mut(s![.., 1..3, ..3, ..]).assign(&x);
        assert_eq!(Padded::<f64>::new(1).forward(&x).unwrap(), expected);
    }

    #[test]
    fn a_tuple_is_a_list() {
        const AFTER: usize = 3;
        network! { struct Padded < input(2, 4) => pad(((1, AFTER),)) => pad((1, 0), batch_ndim = 1) => flatten > }
        let x = Array2::<f64>::ones((1, 8)).into_shape_with_order((1, 2, 4)).unwrap();
        let y = Padded::<f64>::new(1).forward(&x).unwrap();
        let rows = [0., 0., 0., 0., 0., 0., 0., 0.].into_iter();
        let row = [0., 1., 1., 1., 1., 0., 0., 0.].into_iter();
        let expected: Vec<f64> = rows.clone().chain(row.clone()).chain(row).chain(rows).collect();
        assert_eq!(y.into_raw_vec_and_offset().0, expected);
    }
}
