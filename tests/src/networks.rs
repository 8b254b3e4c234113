//! Networks for tests of whole steps.

use layercake::network;

network! {
    /// Dense layers with dropout between them: (batch, 50) -> (batch, 10).
    pub struct Mlp <
        input(50)
            => dropout(0.2)
            => dense(170, relu)
            => dropout(0.5)
            => dense(130, tanh)
            => dropout(0.3, rescale = false)
            => dense(10, softmax)
    >
}

network! {
    /// Convolutions with max-pooling, fused and alone: (batch, 2, 14, 13) -> (batch, 10).
    pub struct Cnn <
        input(2, 14, 13)
            => conv2d(6, 3, relu, pad = same)
            => max_pool2d(2)
            => conv2d(8, (3, 2), elu, stride = (1, 2), untie_biases = true)
            => nonlinearity(softplus)
            => max_pool2d(3, stride = 1, pad = 1)
            => dropout(0.4)
            => dense(10, softmax)
    >
}

network! {
    /// One product of matrices that is large enough for several threads: (batch, 8, 24, 24) -> (batch, 3).
    pub struct LargeImage < input(8, 24, 24) => conv2d(48, 5, relu) => max_pool2d(4) => dense(3, softmax) >
}

network! {
    /// Two inputs, values that are read more than once, and three outputs of which one is read on:
    /// (batch, 1, 9, 8), (batch, 7) -> (batch, 3), (batch, 24), (batch, 2).
    pub struct Branching <
        let image = input(1, 9, 8);
        let vector = input(7);
        let wide = image => conv2d(4, 3, relu) => max_pool2d(2) => flatten;
        let narrow = image => conv2d(2, 5, tanh) => reshape(40);
        let both = concat(wide, narrow, vector) => dense(24, tanh);
        let deep = both => dropout(0.2) => dense(24, leaky_relu(0.1));
        let sum = add(both, deep, both);
        (sum => dense(3, softmax), both, deep => dense(2, linear))
    >
}

network! {
    /// Recurrent layers both ways, masked, with a start of their own, and large enough for several threads:
    /// (batch, 6, 5), (batch, 6) -> (batch, 3).
    pub struct Sequences <
        let x = input(6, 5);
        let marks = input(6);
        let start = x => dense(40, tanh);
        let there = x => lstm(40, hid_init = start, learn_init = true, mask = marks, grad_clipping = 1);
        let back = x => gru(40, mask = marks, backwards = true, learn_init = true);
        concat(there, back, axis = 2)
            => recurrent(
                90,
                w_in_to_hid = glorot_uniform,
                w_hid_to_hid = orthogonal,
                nonlinearity = tanh,
                learn_init = true,
                only_return_final = true
            )
            => dense(3, softmax)
    >
}
