// Dropout: of layer LAYER, below THRESHOLD of 65536, what is kept times SCALE.

__device__ __forceinline__ real mask(const Step *step, Long place) {
    return bits16(step, LAYER, shared_place(place)) < THRESHOLD ? real(0) : real(SCALE);
}

extern "C" __global__ void apply(const Step *step, real *values, Long count) {
    FOR_EACH(i, count) values[i] *= mask(step, i);
}

// After a nonlinearity.
extern "C" __global__ void forward(const Step *step, real *values, Long count) {
    FOR_EACH(i, count) values[i] = nonlinearity(values[i]) * mask(step, i);
}

// From the gradient with respect to values that were dropped after their nonlinearity, that with respect to the sums:
// what was kept was multiplied by SCALE.
extern "C" __global__ void backward(const Step *step, const real *y, real *gradient, Long count) {
    FOR_EACH(i, count) gradient[i] *= mask(step, i) * slope(y[i] / real(SCALE));
}
