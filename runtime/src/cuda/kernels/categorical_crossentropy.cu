// Categorical cross-entropy of predictions (rows, CLASSES), a warp for each row. Targets are class numbers, or shares
// (rows, CLASSES) if `shares` is not null. OF_SCORES: the predictions are the softmax of `scores`, and gradients are with
// respect to these.

// The logarithm of a prediction.
__device__ __forceinline__ real log_of(const real *scores, const real *values, real log_sum, int i) {
    return OF_SCORES ? scores[i] - log_sum : log(positive(values[i]));
}

// The logarithm of the sum of the scores' exponentials, found at the largest prediction, which is at least 1 / CLASSES:
// no exponential, and no logarithm near 0. NaN takes over.
__device__ __forceinline__ real log_sum_of(const real *scores, const real *values) {
    real p = values[0], s = scores[0];
    for (int i = threadIdx.x; i < CLASSES; i += 32)
        if (values[i] > p || values[i] != values[i]) p = values[i], s = scores[i];
    for (int mask = 16; mask; mask /= 2) {
        real other_p = __shfl_xor_sync(ALL_LANES, p, mask), other_s = __shfl_xor_sync(ALL_LANES, s, mask);
        if (other_p > p || other_p != other_p) p = other_p, s = other_s;
    }
    return s - log(p);
}

// The loss of a row, and the sum of its shares; every thread gets them.
__device__ __forceinline__ real row_loss(const real *scores, const real *values, const int *classes,
                                         const real *shares, Long row, real *sum) {
    *sum = 1;
    if (!OF_SCORES) {
        int wrong = 0;
        for (int i = threadIdx.x; i < CLASSES; i += 32) wrong |= !is_probability(values[i]);
        // As of a class that is not there.
        if (warp_max(wrong)) return log(real(-1));
    }
    real log_sum = OF_SCORES ? log_sum_of(scores, values) : real(0);
    if (!shares) {
        int target = classes[row];
        // A class that is not there makes the loss NaN, which stops the training.
        return target < 0 || target >= CLASSES ? log(real(-1)) : -log_of(scores, values, log_sum, target);
    }
    shares += row * CLASSES;
    real loss = 0, own = 0;
    for (int i = threadIdx.x; i < CLASSES; i += 32) {
        own += shares[i];
        if (shares[i] != 0) loss -= shares[i] * log_of(scores, values, log_sum, i);
    }
    *sum = warp_sum(own);
    return warp_sum(loss);
}

extern "C" __global__ void evaluate(const real *scores, const real *values, const int *classes, const real *shares,
                                    const real *weights, double *losses, real *gradient, double share, Long rows) {
    FOR_EACH_ROW(row, rows) {
        const Long start = row * CLASSES;
        const real weight = weights ? weights[row] : real(1);
        real sum = 0, loss = 0;
        if (weight != 0) loss = row_loss(scores + start, values + start, classes, shares, row, &sum);
        if (threadIdx.x == 0) losses[row] = double(weight) * loss;
        if (!gradient) continue;
        const real factor = real(share) * weight;
        for (int i = threadIdx.x; i < CLASSES; i += 32) {
            // What has weight 0 is not looked at.
            real slope = 0;
            if (weight != 0) {
                real target = shares ? shares[start + i] : real(classes[row] == i);
                real p = values[start + i];
                slope = OF_SCORES ? factor * sum * p - factor * target : real(0) - factor / positive(p) * target;
            }
            gradient[start + i] = slope;
        }
    }
}
