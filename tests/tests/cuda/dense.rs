//! Dense layers, nonlinearities, dropout.

use crate::same;

same! {
    dense_tanh, (3, 2, 5); { input(2, 5) => dense(7, tanh) }
    dense_of_one, (1, 1); { input(1) => dense(1, sigmoid) }
    dense_larger_than_a_tile, (70, 83); { input(83) => dense(131, relu) => dense(67, elu, b = none) }
    dense_leading_axes, (3, 2, 5); { input(2, 5) => dense(4, leaky_relu(0.1), num_leading_axes = 2) }
    dense_softmax, (5, 6); { input(6) => dense(40, softmax) => dense(3, softplus) }
    dense_with_dropout, (9, 33); {
        input(33)
            => dropout(0.2)
            => dense(45, relu)
            => dropout(0.5)
            => dense(20, scaled_tanh(0.6, 1.7))
            => dropout(0.3, rescale = false)
            => dense(10, softmax)
    }
    dropout_along_axes, (4, 3, 6); {
        input(3, 6) => dropout(0.4, shared_axes = (0, 2)) => dense(5, selu, num_leading_axes = 2)
            => dropout(0.5, shared_axes = 1) => dense(4, linear)
    }
    dropout_of_places, (4, 3, 6, 5); {
        input(3, 6, 5) => spatial_dropout(0.4) => conv2d(5, 2, tanh) => dropout_locations(0.3, rescale = false) => dense(4, linear)
    }
    nonlinearities, (4, 35); {
        input(35) => nonlinearity(relu) => nonlinearity(softmax) => nonlinearity(selu) => dense(3, linear)
    }
    scaled_nonlinearities, (4, 35); {
        input(35) => nonlinearity(very_leaky_rectify) => dense(7, scaled_elu(0.7, 1.9)) => nonlinearity(scaled_tanh(0.6667, 1.7159)) => dense(3, sigmoid)
    }
}
