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
    /// Words that say how to look at an image, shared parameters, and an autoencoder of inverses:
    /// (batch, 4), (batch, 1, 10, 10) -> (batch, 1, 10, 10).
    pub struct Referring <
        let words = input(4, dtype = i32);
        let image = input(1, 10, 10);
        let theta = words
            => embedding(50, 8, w = normal(1))
            => flatten
            => first: dense(32, tanh)
            => dense(32, tanh, share = first)
            => dense(6, linear);
        spatial_transformer(image, theta, border_mode = wrap)
            => conv2d(4, 3, tanh)
            => max_pool2d(2)
            => plain: flatten
            => code: dense(20, tanh)
            => inverse(code)
            => inverse(plain)
            => inverse(max_pool2d1)
            => inverse(conv2d1)
    >
}
