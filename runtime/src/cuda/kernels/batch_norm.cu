// Batch normalization, one pass each. `gamma` and `beta` may be null.

// gamma (x - mean) inv_std + beta, and its nonlinearity. `y` may be `x`.
extern "C" __global__ void normalize(const real *x, const real *mean, const real *inv_std, const real *gamma,
                                     const real *beta, real *y, Long count) {
    FOR_EACH(i, count) {
        Long place = shared_place(i);
        real scale = gamma ? gamma[place] * inv_std[place] : inv_std[place];
        y[i] = nonlinearity((x[i] - mean[place]) * scale + (beta ? beta[place] : real(0)));
    }
}

// `offsets` are the sums of `dy`, `scales` those of `dy` times the normalized values, both null where the mean and
// deviation do not depend on `x`; `share` is one over the number of elements that have them in common.
extern "C" __global__ void normalize_back(const real *x, const real *dy, const real *mean, const real *inv_std,
                                          const real *gamma, const real *offsets, const real *scales, real *dx,
                                          double share, Long count) {
    FOR_EACH(i, count) {
        Long place = shared_place(i);
        real gradient = dy[i];
        if (offsets) {
            real normalized = (x[i] - mean[place]) * inv_std[place];
            gradient -= real(share) * (offsets[place] + scales[place] * normalized);
        }
        dx[i] = gradient * (gamma ? gamma[place] * inv_std[place] : inv_std[place]);
    }
}

// A running average follows a batch's value, if that is finite. Where the average was used, the value becomes what it was before.
extern "C" __global__ void follow(real *average, real *value, double rate, int moves, int used, Long count) {
    FOR_EACH(i, count) {
        real before = average[i];
        if (moves && isfinite(value[i])) average[i] = real(1 - rate) * before + real(rate) * value[i];
        if (used) value[i] = before;
    }
}
