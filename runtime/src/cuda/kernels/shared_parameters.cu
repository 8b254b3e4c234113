// A parameter that elements share, elementwise.

extern "C" __global__ void add(const real *x, const real *b, real *y, Long count) {
    FOR_EACH(i, count) y[i] = x[i] + b[shared_place(i)];
}

extern "C" __global__ void multiply(const real *x, const real *scales, real *y, Long count) {
    FOR_EACH(i, count) y[i] = x[i] * scales[shared_place(i)];
}

// `from` times 1 where x is positive, `alpha` where it is negative, and their mean where it is 0.
extern "C" __global__ void rectify(const real *x, const real *from, const real *alpha, real *y, Long count) {
    FOR_EACH(i, count) {
        real slope = alpha[shared_place(i)];
        if (!(x[i] < 0)) slope = x[i] > 0 ? real(1) : real(0.5) * (real(1) + slope);
        y[i] = from[i] * slope;
    }
}
