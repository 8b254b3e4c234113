// Upscaling: each element of channels of IN0 x IN1 x IN2 becomes a block of SCALE0 x SCALE1 x SCALE2, which it fills if
// FILLED, and else stands at the start of, before zeros. One pass; the limit is memory.

#define BEFORE (IN0 * IN1 * IN2)
#define BLOCK (SCALE0 * SCALE1 * SCALE2)

extern "C" __global__ void upscale(const real *from, real *to, Long count) {
    FOR_EACH(i, count) {
        int element = i % (BEFORE * BLOCK), x = element % (IN2 * SCALE2), y = element / (IN2 * SCALE2) % (IN1 * SCALE1),
            z = element / (IN2 * SCALE2) / (IN1 * SCALE1);
        bool taken = FILLED || (z % SCALE0 == 0 && y % SCALE1 == 0 && x % SCALE2 == 0);
        Long source = i / (BEFORE * BLOCK) * BEFORE + (z / SCALE0 * IN1 + y / SCALE1) * IN2 + x / SCALE2;
        to[i] = taken ? from[source] : real(0);
    }
}

// Each element gets the sum of what it filled.
extern "C" __global__ void upscale_back(const real *gradient, real *to, Long count) {
    FOR_EACH(i, count) {
        int element = i % BEFORE, x = element % IN2, y = element / IN2 % IN1, z = element / IN2 / IN1;
        const real *channel = gradient + i / BEFORE * (BEFORE * BLOCK);
        real sum = 0;
        for (int part = 0; part < (FILLED ? BLOCK : 1); part++) {
            int deep = z * SCALE0 + part / (SCALE1 * SCALE2), down = y * SCALE1 + part / SCALE2 % SCALE1;
            sum += channel[(deep * IN1 * SCALE1 + down) * IN2 * SCALE2 + x * SCALE2 + part % SCALE2];
        }
        to[i] = sum;
    }
}
