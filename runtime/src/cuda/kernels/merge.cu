// Elements of several inputs that meet, joined by a function of the library.

enum { ADD, MUL, MAXIMUM, MINIMUM };

// `y` may be `a`.
extern "C" __global__ void join(const real *a, const real *b, real *y, Long count) {
    FOR_EACH(i, count) {
        real own = real(A_FACTOR) * a[PLACE(A)], other = real(B_FACTOR) * b[PLACE(B)];
        switch (FUNCTION) {
        case ADD: y[i] = own + other; break;
        case MUL: y[i] = own * other; break;
        case MAXIMUM: y[i] = larger(other, own) ? other : own; break;
        default: y[i] = smaller(other, own) ? other : own;
        }
    }
}

// `from` times the derivative of the function of `a` and `b` with respect to `a`, the earlier one with IS_EARLIER: it wins
// over an equal one. `to` may be `from`.
extern "C" __global__ void differentiate(const real *from, const real *a, const real *b, real *to, Long count) {
    FOR_EACH(i, count) {
        real own = a[PLACE(A)], other = b[PLACE(B)];
        switch (FUNCTION) {
        case MUL: to[i] = from[i] * other; break;
        case MAXIMUM: to[i] = from[i] * real(IS_EARLIER ? own >= other : own > other); break;
        default: to[i] = from[i] * real(IS_EARLIER ? own <= other : own < other);
        }
    }
}
