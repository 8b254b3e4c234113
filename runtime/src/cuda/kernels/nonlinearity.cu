// Nonlinearities by themselves.

extern "C" __global__ void forward(const real *x, real *y, Long count) {
    FOR_EACH(i, count) y[i] = nonlinearity(x[i]);
}

// `gradient` with respect to the values becomes that with respect to the sums.
extern "C" __global__ void backward(const real *y, real *gradient, Long count) {
    FOR_EACH(i, count) gradient[i] *= slope(y[i]);
}

// The same where the sums are at hand.
extern "C" __global__ void backward_of_sums(const real *x, const real *y, real *gradient, Long count) {
    FOR_EACH(i, count) gradient[i] *= slope_of_sum(x[i], y[i]);
}

// The derivative of `backward` by the values: from the gradient with respect to what that makes of `before`.
extern "C" __global__ void backward_of_backward(const real *y, const real *before, real *gradient, Long count) {
    FOR_EACH(i, count) gradient[i] *= before[i] * curvature(y[i]);
}
