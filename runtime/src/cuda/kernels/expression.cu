// The text before this one defines EXPRESSION, of `a`, `b` and `c`; see `cuda/expression.rs`. `y` may be one of the inputs.
extern "C" __global__ void apply(const real *as, const real *bs, const real *cs, real *y, Long count) {
    FOR_EACH(i, count) {
        const real a = as[i], b = bs[i], c = cs[i];
        y[i] = EXPRESSION;
    }
}
