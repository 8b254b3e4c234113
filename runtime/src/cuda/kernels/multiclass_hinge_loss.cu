// The multiclass hinge loss of predictions (rows, CLASSES), a warp for each row: by how much the target's prediction
// fails to be DELTA above that of its rival, the largest of the others.

// The class of the largest value but that of class `without`; CLASSES if there is no other. Every thread gets it.
__device__ __forceinline__ int largest(const real *values, int without) {
    int best = CLASSES;
    for (int i = threadIdx.x; i < CLASSES; i += 32)
        if (i != without && (best == CLASSES || larger(values[i], values[best]))) best = i;
    for (int mask = 16; mask; mask /= 2) {
        int other = __shfl_xor_sync(ALL_LANES, best, mask);
        if (other == CLASSES) continue;
        if (best == CLASSES || larger(values[other], values[best]))
            best = other;
        else if (other < best && !larger(values[best], values[other]))
            best = other;
    }
    return best;
}

extern "C" __global__ void evaluate(const real *scores, const real *values, const int *classes, const real *shares,
                                    const real *weights, double *losses, real *gradient, double share, Long rows) {
    FOR_EACH_ROW(row, rows) {
        const real *p = values + row * CLASSES;
        const real weight = weights ? weights[row] : real(1);
        int target = 0, rival = CLASSES;
        real loss = 0, slope = 0;
        if (weight != 0) {
            target = shares ? largest(shares + row * CLASSES, CLASSES) : classes[row];
            rival = largest(p, target);
            // A class that is not there makes the loss NaN, which stops the training.
            if (target < 0 || target >= CLASSES)
                loss = log(real(-1));
            else if (rival < CLASSES) {
                loss = p[rival] - p[target] + real(DELTA);
                // At the kink the mean of both sides.
                slope = loss > 0 ? real(1) : loss < 0 ? real(0) : real(0.5);
            }
            if (loss < 0) loss = 0;
        }
        if (threadIdx.x == 0) losses[row] = double(weight) * loss;
        if (!gradient) continue;
        for (int i = threadIdx.x; i < CLASSES; i += 32) {
            real sign = real(i == rival) - real(i == target);
            gradient[row * CLASSES + i] = real(share) * weight * slope * sign;
        }
    }
}
