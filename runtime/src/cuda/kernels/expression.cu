// The text before this one defines EXPRESSION, of `a`, `b` and `c`; see `cuda/expression.rs`. `y` may be one of the inputs.

#define ELEMENTS const real a = as[i], b = bs[i], c = cs[i]

extern "C" __global__ void apply(const real *as, const real *bs, const real *cs, real *y, Long count) {
    FOR_EACH(i, count) {
        ELEMENTS;
        y[i] = EXPRESSION;
    }
}

// A derivative times what comes in.
extern "C" __global__ void multiply(const real *as, const real *bs, const real *cs, const real *from, real *y,
                                    Long count) {
    FOR_EACH(i, count) {
        ELEMENTS;
        y[i] = from[i] * real(EXPRESSION);
    }
}
