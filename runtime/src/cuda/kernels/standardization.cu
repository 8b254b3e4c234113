// Standardization, by means and deviations that elements share along axes; then times a scale and plus a bias of the
// element's channel: there are CHANNELS, of INNER elements each. `scales` and `b` may be null.

extern "C" __global__ void standardize(const real *x, const real *mean, const real *inv_std, const real *scales,
                                       const real *b, real *y, Long count) {
    FOR_EACH(i, count) {
        Long place = shared_place(i), channel = i / INNER % CHANNELS;
        real value = (x[i] - mean[place]) * inv_std[place];
        if (scales) value *= scales[channel];
        y[i] = b ? value + b[channel] : value;
    }
}
