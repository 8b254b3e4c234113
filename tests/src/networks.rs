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
    /// A dense layer whose products take as long as reading its weights, if the batch is small: (batch, 600) -> (batch, 10).
    pub struct Wide < input(600) => dense(300, relu) => dense(10, softmax) >
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
    /// A stage that is computed by Winograd's transforms for some images, and directly for few: (batch, 16, 12, 12) ->
    /// (batch, 3).
    pub struct SmallImages < input(16, 12, 12) => conv2d(16, 5, relu) => max_pool2d(2) => dense(3, softmax) >
}

network! {
    /// Pooling of all kinds, and axes moved, cut and padded: (batch, 2, 14, 12) -> (batch, 5).
    pub struct Pooled <
        input(2, 14, 12)
            => pad([(1, 0), 1], val = 0.5)
            => conv2d(8, 3, tanh)
            => feature_pool(2)
            => pool2d(3, stride = 2, pad = 1, mode = average_exc_pad)
            => upscale2d((2, 1))
            => dimshuffle(1, 3, 2)
            => pool2d((2, 3), stride = (1, 2), ignore_border = false)
            => slice((..).step_by(2), axis = 3)
            => feature_wta(2)
            => spatial_pyramid_pooling([2, 1], implementation = kaiming)
            => global_pool(pool_function = sum)
            => dense(5, tanh)
    >
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
    /// Normalizations, noise, and merges of inputs that must be fitted: (batch, 3, 9, 8) -> (batch, 4).
    pub struct Normalized <
        let image = input(3, 9, 8);
        let wide = image
            => gaussian_noise(0.1)
            => conv2d(6, 3, relu, pad = same, norm = batch_norm)
            => dropout_channels(0.2);
        let narrow = wide
            => conv2d(6, 3, linear)
            => instance_norm
            => prelu
            => local_response_normalization2d(alpha = 0.1);
        let both = add(wide, narrow, coeffs = (1, 0.5), cropping = (none, none, center, lower)) => rrelu;
        let gate = both => conv2d(1, 1, sigmoid, b = none) => bias;
        mul(both, gate) => scale => dense(20, elu, norm = layer_norm) => dense(4, softmax)
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

network! {
    /// Products so large that AMX computes them in parts: (batch, 8, 150) -> (batch, 10).
    pub struct ManyUnits <
        input(8, 150)
            => lstm(160, learn_init = true)
            => gru(160, backwards = true, learn_init = true)
            => recurrent(300, learn_init = true, only_return_final = true)
            => dense(300, tanh)
            => dense(10, softmax)
    >
}

network! {
    /// Sequences of any length, recurrent layers of one's own and layers along the time: (batch, ..=9, 5), (batch, ..=9)
    /// -> (batch, 9 or less, 3).
    pub struct AnyLength <
        let x = input(..=9, 5);
        let marks = input(..=9);
        let start = x => reshape([1], 5, 1) => dimshuffle(2, 1, 3) => global_pool => dense(12, tanh);
        let own = x => custom_recurrent(
            input_to_hidden = { dense(30, tanh) => dense(12, linear) },
            hidden_to_hidden = { dropout(0.2) => dense(20, tanh) => dense(12, linear, b = none) },
            nonlinearity = tanh,
            hid_init = start,
            mask = marks
        );
        let images = x
            => reshape([1], 1, 1, 5)
            => custom_recurrent(
                input_to_hidden = { conv2d(3, (1, 3), linear, pad = same) },
                hidden_to_hidden = { conv2d(3, (1, 3), linear, pad = same, b = none) },
                backwards = true,
                learn_init = true
            )
            => flatten(outdim = 3);
        concat(own, images, axis = 2)
            => dimshuffle(2, 1)
            => conv1d(8, 3, relu, pad = same, norm = batch_norm)
            => dimshuffle(2, 1)
            => lstm(10, mask = marks, learn_init = true)
            => dense(3, softmax, num_leading_axes = 2)
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
