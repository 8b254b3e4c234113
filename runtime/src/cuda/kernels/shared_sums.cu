// Two sums over the elements that share a value, of TERMS made of each. Blocks along y take turns at the elements of a
// value and leave partial sums, which are added in order. Threads next to each other read what lies next to each
// other: with ACROSS, values do, and a thread along x has one of its own; else, elements do, and a block has one value.

enum { DISTANCES, PRODUCTS, RECTIFIED, NORMALIZED };

// Where distances are measured from: the median of three elements, so that none of them that is an outlier counts.
__device__ __forceinline__ real start_of(const real *x, Long value, Long elements) {
    real a = x[element_of(value, 0)], b = x[element_of(value, elements / 2)], c = x[element_of(value, elements - 1)];
    real low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c < high ? c : high;
}

extern "C" __global__ void sums(const real *x, const real *dy, const real *factors, const real *mean,
                                const real *inv_std, real *first, real *second, Long values, Long elements) {
    __shared__ real firsts[8][32], seconds[8][32];
    Long value = ACROSS ? Long(blockIdx.x) * 32 + threadIdx.x : blockIdx.x;
    Long place = ACROSS ? threadIdx.y : threadIdx.y * 32 + threadIdx.x, turn = ACROSS ? 8 : 256;
    real sum = 0, other = 0;
    if (value < values) {
        real start = TERMS == DISTANCES ? start_of(x, value, elements) : real(0);
        for (Long element = blockIdx.y * turn + place; element < elements; element += gridDim.y * turn) {
            Long i = element_of(value, element);
            if (TERMS == DISTANCES) {
                real distance = x[i] - start;
                sum += distance, other += distance * distance;
            } else if (TERMS == RECTIFIED) {
                if (x[i] < 0) sum += dy[i] * factors[i];
            } else {
                sum += dy[i];
                if (TERMS == NORMALIZED) other += dy[i] * (x[i] - mean[value]) * inv_std[value];
                if (TERMS == PRODUCTS && x) other += dy[i] * x[i];
            }
        }
    }
    firsts[threadIdx.y][threadIdx.x] = sum;
    seconds[threadIdx.y][threadIdx.x] = other;
    __syncthreads();
    if (threadIdx.y == 0) {
        for (int i = 1; i < 8; i++) sum += firsts[i][threadIdx.x], other += seconds[i][threadIdx.x];
        if (!ACROSS) sum = warp_sum(sum), other = warp_sum(other);
        if (value < values && (ACROSS || threadIdx.x == 0)) {
            if (first) first[blockIdx.y * values + value] = sum;
            if (second) second[blockIdx.y * values + value] = other;
        }
    }
}

// Partial sums (parts, values) become sums (values).
extern "C" __global__ void add_parts(const real *parts, real *sums, unsigned count, Long values) {
    FOR_EACH(value, values) {
        real sum = 0;
        for (unsigned part = 0; part < count; part++) sum += parts[part * values + value];
        sums[value] = sum;
    }
}

// Sums of distances and of their squares become the mean and 1 / sqrt(variance + EPSILON).
extern "C" __global__ void moments(const real *x, real *mean, real *inv_std, Long values, Long elements) {
    FOR_EACH(value, values) {
        real distance = mean[value] / real(elements);
        real variance = inv_std[value] / real(elements) - distance * distance;
        // Rounding may leave a little less than zero; NaN stays NaN.
        if (variance < 0) variance = 0;
        mean[value] = start_of(x, value, elements) + distance;
        inv_std[value] = real(1) / sqrt(variance + real(EPSILON));
    }
}
