// What follows sums (items, FILTERS, PLANE) that a library has computed: biases, of each channel or UNTIED of each element, and the
// nonlinearity. `biases` may be null.
extern "C" __global__ void finish(real *y, const real *biases, Long count) {
    FOR_EACH(i, count) {
        real bias = !biases ? real(0) : UNTIED ? biases[i % (FILTERS * PLANE)] : biases[i / PLANE % FILTERS];
        y[i] = nonlinearity(y[i] + bias);
    }
}
