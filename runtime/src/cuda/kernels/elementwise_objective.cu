// An elementwise objective. The text before this one defines COMPARE, statements that set `loss` and `derivative`; see
// `objectives/cuda/elementwise.rs`.

#define setting(i) real(SETTING##i)

// A sum of losses for each block, and the gradients times `share`. What has weight 0 is not looked at.
extern "C" __global__ void evaluate(const real *scores, const real *values, const int *, const real *targets,
                                    const real *weights, double *losses, real *gradient, double share, Long count) {
    double sum = 0;
    FOR_EACH(i, count) {
        const real weight = weights ? weights[i] : real(1);
        real loss = 0, derivative = 0;
        if (weight != 0) {
            const real s = scores[i], p = values[i], t = targets[i];
            COMPARE
        }
        sum += double(weight) * loss;
        if (gradient) gradient[i] = real(share) * weight * derivative;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) losses[blockIdx.x] = sum;
}
