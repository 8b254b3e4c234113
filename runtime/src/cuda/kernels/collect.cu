// What elements of an input have contributed to an output, summed: the way back of one that was cropped to an output with
// axes AXIS1 to AXIS5, or repeated, REPEATS times in all. OWN1 to OWN5 are the input's axes, from START1 on of which the
// output's begin.

// The term of the input's element `i` in one of the places where it was repeated; 0 outside of what was kept.
__device__ __forceinline__ real term(const real *terms, Long i, Long repeat) {
    Long place = 0, distance = 1;
    bool kept = true;
#define ALONG(AXIS, OWN, START)                                                                                   \
    {                                                                                                             \
        Long at = i % OWN - START;                                                                                \
        i /= OWN;                                                                                                 \
        if (OWN < AXIS) at = repeat % AXIS, repeat /= AXIS;                                                       \
        kept = kept && at < AXIS;                                                                                 \
        place += at * distance;                                                                                   \
        distance *= AXIS;                                                                                         \
    }
    ALONG(AXIS5, OWN5, START5)
    ALONG(AXIS4, OWN4, START4)
    ALONG(AXIS3, OWN3, START3)
    ALONG(AXIS2, OWN2, START2)
    ALONG(AXIS1, OWN1, START1)
#undef ALONG
    return kept ? terms[place + i * distance] : real(0);
}

extern "C" __global__ void collect(const real *terms, real *sums, Long count) {
    FOR_EACH(i, count) {
        real sum = 0;
        for (Long repeat = 0; repeat < REPEATS; repeat++) sum += term(terms, i, repeat);
        sums[i] = real(FACTOR) * sum;
    }
}

// The same for elements that were repeated often: a warp for each.
extern "C" __global__ void collect_many(const real *terms, real *sums, Long count) {
    FOR_EACH_ROW(i, count) {
        real sum = 0;
        for (Long repeat = threadIdx.x; repeat < REPEATS; repeat += 32) sum += term(terms, i, repeat);
        sum = warp_sum(sum);
        if (threadIdx.x == 0) sums[i] = real(FACTOR) * sum;
    }
}
