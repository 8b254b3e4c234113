// Gaussian noise of layer LAYER and deviation SIGMA, by the method of Box and Muller; `cpu/noise.rs` has the same.

// Random bits as a number between 0 and 1, neither of them included.
__device__ __forceinline__ double unit(unsigned word) { return (double(word) + 0.5) / 4294967296.0; }

extern "C" __global__ void add_noise(const Step *step, const real *x, real *y, Long count) {
    FOR_EACH(block, (count + 3) / 4) {
        Block random = philox(unsigned(block), LAYER, step->draw, step->seed);
        for (int pair = 0; pair < 4; pair += 2) {
            double length = sqrt(-2.0 * log(unit(random.word[pair])));
            double angle = 6.283185307179586 * unit(random.word[pair + 1]);
            Long i = block * 4 + pair;
            if (i < count) y[i] = x[i] + real(SIGMA) * real(length * cos(angle));
            if (i + 1 < count) y[i + 1] = x[i + 1] + real(SIGMA) * real(length * sin(angle));
        }
    }
}
