// Rectifiers with slopes between LOWER and UPPER below 0, which elements share along axes.

// `from` times the derivative of the rectifier at `x`: of a slope that is drawn, or without a step of their mean. At 0 it is
// the mean of those on both sides.
extern "C" __global__ void rectify(const Step *step, const real *x, const real *from, real *y, Long count) {
    FOR_EACH(i, count) {
        double at = 0.5;
        if (step) {
            Long place = shared_place(i);
            at = unit(random_block(step, place / 4).word[place % 4]);
        }
        real slope = real(LOWER + (UPPER - LOWER) * at);
        if (!(x[i] < 0)) slope = x[i] > 0 ? real(1) : real(0.5) * (real(1) + slope);
        y[i] = from[i] * slope;
    }
}
