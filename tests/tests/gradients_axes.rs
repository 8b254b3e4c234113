//! Finite differences in f64: axes in another order, fewer elements of them, or more around them.

use layercake_tests::check;

check! { reshape, (3, 4, 6); input(4, 6) => reshape(2, [1], -1) => max_pool2d((1, 2)) => reshape([2], -1) => dense(3, tanh) }
check! { reshape_last, (3, 4, 6); input(4, 6) => dense(6, tanh, num_leading_axes = 2) => reshape(-1, 3) }

check! { dimshuffle, (2, 2, 3, 4); input(2, 3, 4) => dimshuffle(3, 1, 2) => dense(3, tanh) }
check! { dimshuffle_first, (2, 2, 3, 4); input(2, 3, 4) => dimshuffle(2, 3, 1) }
check! { dimshuffle_new_axes, (2, 3, 4); input(3, 4) => dimshuffle(x, 2, x, 1) => dense(3, tanh) }
check! { dimshuffle_without_axes, (2, 1, 3, 1, 4); input(1, 3, 1, 4) => dimshuffle(4, 2) => dense(3, tanh) }
check! { dimshuffle_of_five, (2, 2, 3, 2, 3, 2); input(2, 3, 2, 3, 2) => dimshuffle(4, 2, 5, 1, 3) => dense(3, tanh) }

check! { pad, (2, 2, 3, 4); input(2, 3, 4) => pad(1) => conv2d(2, 3, tanh) }
check! { pad_sides, (2, 2, 3, 4); input(2, 3, 4) => pad([(2, 0), 1], val = -0.5) => dense(3, tanh) }
check! { pad_channels, (2, 2, 3, 4); input(2, 3, 4) => pad([1, (0, 2), (3, 0)], batch_ndim = 1, val = 2) => dense(3, tanh) }
check! { pad_after_three, (2, 2, 3, 4); input(2, 3, 4) => pad((1,), batch_ndim = 3) => dense(3, tanh) }

check! { slice_index, (2, 3, 4, 5); input(3, 4, 5) => slice(2, axis = 2) => dense(3, tanh) }
check! { slice_index_from_the_end, (2, 3, 4, 5); input(3, 4, 5) => slice(-2, axis = 1) => dense(3, tanh) }
check! { slice_range, (2, 3, 4, 5); input(3, 4, 5) => slice(1..3, axis = 2) => dense(3, tanh) }
check! { slice_to, (2, 3, 4, 5); input(3, 4, 5) => slice(..2, axis = 1) => dense(3, tanh) }
check! { slice_from, (2, 3, 4, 5); input(3, 4, 5) => slice(-2..) => dense(3, tanh) }
check! { slice_steps, (2, 3, 4, 7); input(3, 4, 7) => slice((1..).step_by(3), axis = 3) => dense(3, tanh) }
check! { slice_backwards, (2, 7, 4); input(7, 4) => slice((-1..1).step_by(-2), axis = 1) => dense(3, tanh) }
check! { slice_to_one, (2, 7); input(7) => dense(4, tanh) => slice(1) }
