// Local response normalization: an element is divided by a power of a sum of squares over the NEIGHBOURS nearest channels,
// itself the middle one. Images are (CHANNELS, PLANE). Each element is read once from memory and NEIGHBOURS times from
// cache.

// The sum over an element's neighbours of what `term` makes of their places.
template <typename F> __device__ __forceinline__ real over_neighbours(Long i, F term) {
    int channel = i / PLANE % CHANNELS, half = NEIGHBOURS / 2;
    real sum = 0;
    for (int other = max(channel - half, 0); other < min(channel + half + 1, CHANNELS); other++)
        sum += term(i + Long(other) * PLANE - Long(channel) * PLANE);
    return sum;
}

__device__ __forceinline__ real divisor(const real *x, Long i) {
    return real(K) + over_neighbours(i, [&](Long place) { return real(ALPHA) * x[place] * x[place]; });
}

extern "C" __global__ void normalize(const real *x, real *y, Long count) {
    FOR_EACH(i, count) y[i] = x[i] * pow(divisor(x, i), -real(BETA));
}

// `gradient` becomes what an element gets by itself, `terms` what its neighbours get.
extern "C" __global__ void prepare(const real *x, real *gradient, real *terms, Long count) {
    FOR_EACH(i, count) {
        real sum = divisor(x, i);
        gradient[i] *= pow(sum, -real(BETA));
        terms[i] = gradient[i] * x[i] / sum;
    }
}

extern "C" __global__ void normalize_back(const real *x, const real *gradient, const real *terms, real *to, Long count) {
    FOR_EACH(i, count) {
        real sum = over_neighbours(i, [&](Long place) { return terms[place]; });
        to[i] = gradient[i] - real(2) * real(ALPHA) * real(BETA) * x[i] * sum;
    }
}
