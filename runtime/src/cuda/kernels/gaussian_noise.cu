// Gaussian noise of deviation SIGMA, by the method of Box and Muller.

extern "C" __global__ void add_noise(const Step *step, const real *x, real *y, Long count) {
    FOR_EACH(block, (count + 3) / 4) {
        Block random = random_block(step, block);
        for (int pair = 0; pair < 4; pair += 2) {
            double length = sqrt(-2.0 * log(unit(random.word[pair])));
            double angle = 6.283185307179586 * unit(random.word[pair + 1]);
            Long i = block * 4 + pair;
            if (i < count) y[i] = x[i] + real(SIGMA) * real(length * cos(angle));
            if (i + 1 < count) y[i + 1] = x[i + 1] + real(SIGMA) * real(length * sin(angle));
        }
    }
}
