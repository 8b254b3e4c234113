// Elements of two inputs that meet, joined by a function of one's own: the text before this one defines EXPRESSION, of `a` and `b`.

#define ELEMENTS const real a = as[PLACE(A)], b = bs[PLACE(B)]

// `y` may be `as`.
extern "C" __global__ void join(const real *as, const real *bs, real *y, Long count) {
    FOR_EACH(i, count) {
        ELEMENTS;
        y[i] = EXPRESSION;
    }
}

// A derivative times what comes in. `y` may be `from`.
extern "C" __global__ void multiply(const real *from, const real *as, const real *bs, real *y, Long count) {
    FOR_EACH(i, count) {
        ELEMENTS;
        y[i] = from[i] * real(EXPRESSION);
    }
}
