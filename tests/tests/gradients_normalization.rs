//! Finite differences in f64: normalizations, and layers with shared parameters.

use layercake_tests::check;

check! { batch_norm_of_vectors, (5, 4); input(4) => batch_norm => dense(3, tanh) }
check! { batch_norm_of_images, (3, 2, 3, 2); input(2, 3, 2) => batch_norm(epsilon = 0.01) => dense(3, tanh) }
check! { batch_norm_over_one_axis, (4, 2, 3); input(2, 3) => batch_norm(axes = 0, beta = none) => dense(3, tanh) }
check! { batch_norm_over_two_axes, (4, 2, 3); input(2, 3) => batch_norm(axes = (0, 1), gamma = none) => dense(3, tanh) }
check! { batch_norm_over_all_axes, (4, 2, 3); input(2, 3) => batch_norm(axes = (0, 1, 2)) => dense(3, tanh) }
check! { batch_norm_without_parameters, (11, 3); input(3) => batch_norm(beta = none, gamma = none) => dense(3, tanh) }
check! { batch_norm_of_averages, (3, 2, 2); input(2, 2) => batch_norm(use_averages = true, update_averages = false) }
check! { batch_norm_of_a_dense_layer, (5, 6); input(6) => hidden: dense(4, tanh, norm = batch_norm) => dense(2, norm = batch_norm(alpha = 0.5), nonlinearity = softmax) }
check! { batch_norm_of_a_convolution, (3, 2, 5, 4); input(2, 5, 4) => conv2d(3, 3, elu, pad = same, norm = batch_norm) => dense(2, tanh) }

check! { standardization_of_vectors, (4, 5); input(5) => standardization => dense(3, tanh) }
check! { standardization_of_images, (3, 2, 3, 3); input(2, 3, 3) => standardization(epsilon = 0.01) => dense(3, tanh) }
check! { standardization_over_features, (3, 2, 3); input(2, 3) => standardization(axes = features) => dense(3, tanh) }
check! { standardization_over_one_axis, (3, 3, 4); input(3, 4) => standardization(axes = 1) => dense(3, tanh) }
check! { standardization_over_the_batch, (4, 3, 2); input(3, 2) => standardization(axes = (0, 2)) => dense(3, tanh) }
check! { instance_norm_of_images, (3, 2, 3, 2); input(2, 3, 2) => instance_norm => dense(3, tanh) }
check! { instance_norm_of_a_convolution, (2, 2, 5, 4); input(2, 5, 4) => conv2d(3, 2, tanh, norm = instance_norm(learn_scale = false)) }
check! { instance_norm_without_biases, (3, 2, 3); input(2, 3) => instance_norm(learn_bias = false) => dense(3, tanh) }
check! { layer_norm_of_vectors, (3, 5); input(5) => layer_norm(epsilon = 0.1) => dense(3, tanh) }
check! { layer_norm_of_images, (3, 2, 3, 2); input(2, 3, 2) => layer_norm => dense(3, tanh) }
check! { layer_norm_of_a_dense_layer, (3, 5); input(5) => dense(4, tanh, norm = layer_norm) => dense(3, tanh) }

check! { response_normalization, (2, 7, 2, 3); input(7, 2, 3) => local_response_normalization2d(alpha = 0.3) => dense(3, tanh) }
check! { response_normalization_of_three, (2, 4, 2, 2); input(4, 2, 2) => local_response_normalization2d(alpha = 0.5, k = 1, beta = 0.5, n = 3) => dense(3, tanh) }
check! { response_normalization_of_all, (2, 3, 2, 2); input(3, 2, 2) => local_response_normalization2d(alpha = 0.5, n = 9) => dense(3, tanh) }

check! { bias_of_channels, (3, 4, 2); input(4, 2) => bias => dense(2, tanh) }
check! { bias_of_all, (3, 4, 2); input(4, 2) => bias(shared_axes = all) => dense(2, tanh) }
check! { bias_of_each_element, (3, 4, 2); input(4, 2) => bias(normal(0.1), shared_axes = 0) => dense(2, tanh) }
check! { bias_of_none, (3, 4); input(4) => bias(none) => dense(2, tanh) }
check! { scale_of_channels, (3, 4, 2); input(4, 2) => scale => dense(2, tanh) }
check! { scale_of_columns, (3, 4, 2); input(4, 2) => scale(constant(0.5), shared_axes = (0, 1)) => dense(2, tanh) }
check! { prelu_of_vectors, (3, 4); input(4) => dense(5, linear) => prelu => dense(2, tanh) }
check! { prelu_of_channels, (3, 4, 2, 3); input(4, 2, 3) => prelu(uniform(0.4)) => dense(2, tanh) }
check! { prelu_of_all, (3, 4, 2); input(4, 2) => prelu(shared_axes = all) => dense(2, tanh) }
check! { prelu_of_columns, (3, 2, 3, 2); input(2, 3, 2) => prelu(shared_axes = (0, 2)) => dense(2, tanh) }
