// A penalty. The text before this one defines VALUE and DERIVATIVE; see `regularization/cuda.rs`.

#define setting(i) real(SETTING##i)

// A sum of penalties for each block.
extern "C" __global__ void penalize(const real *values, real *gradients, double *sums, Long count) {
    double sum = 0;
    FOR_EACH(i, count) {
        real p = values[i];
        sum += VALUE;
        gradients[i] += DERIVATIVE;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}
