// Constraints on norms: values are multiplied by min(norm, max_norm) / (1e-7 + norm).

__device__ __forceinline__ double factor(double norm, double max_norm) {
    return (norm < max_norm || norm != norm ? norm : max_norm) / (1e-7 + norm);
}

// A sum of squares for each block.
extern "C" __global__ void squares(const real *values, double *sums, Long count) {
    double sum = 0;
    FOR_EACH(i, count) sum += double(values[i]) * values[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

extern "C" __global__ void add_squares(Step *step, const double *sums, unsigned count, int first) {
    double sum = 0;
    for (unsigned i = threadIdx.x; i < count; i += blockDim.x) sum += sums[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) step->squares = first ? sum : step->squares + sum;
}

extern "C" __global__ void scale_to_norm(const Step *step, real *values, double max_norm, Long count) {
    real by = real(factor(sqrt(step->squares), max_norm));
    FOR_EACH(i, count) values[i] *= by;
}

// A norm for each of `norms` lines of values, which lie `stride` apart within a line; lines begin `apart` from each other.
extern "C" __global__ void constrain_norms(const Step *step, real *values, double max_norm, Long norms, Long length,
                                           Long stride, Long apart) {
    if (step->failed || !isfinite(step->loss)) return;
    FOR_EACH_ROW(line, norms) {
        real *first = values + line * apart;
        double sum = 0;
        for (Long i = threadIdx.x; i < length; i += 32) sum += double(first[i * stride]) * first[i * stride];
        real by = real(factor(sqrt(warp_sum(sum)), max_norm));
        for (Long i = threadIdx.x; i < length; i += 32) first[i * stride] *= by;
    }
}
