// From the gradients with respect to the sums to those with respect to the images: each element of an image gathers what
// the windows over it have for it. A product of the filters (CHANNELS, FILTERS * WINDOW) with these gradients
// (FILTERS * WINDOW, elements). As a layer it is the transposed convolution, then with bias and nonlinearity.

extern "C" __global__ void __launch_bounds__(256)
    convolve_back(const real *w, const real *bias, const real *gradient, const unsigned *winners, real *x, int batch) {
    int tiles = (CHANNELS + TILE_M - 1) / TILE_M, group = blockIdx.y / tiles;
    int first_channel = blockIdx.y % tiles * TILE_M;
    unsigned first_element = blockIdx.x * TILE_N + threadIdx.x;
    Place padded[EACH_N];
    Long line[EACH_N];
    unsigned exists = 0;
#pragma unroll
    for (int j = 0; j < EACH_N; j++) {
        unsigned number = first_element + 32 * j, image = number / PLANE;
        if (image < unsigned(batch)) exists |= 1u << j;
        padded[j] = place_of(number % PLANE, IN1, IN2) + Place{PAD0, PAD1, PAD2};
        line[j] = Long(image * GROUPS + group) * FILTERS;
    }
    real sums[EACH_M][EACH_N] = {};
    add_products(
        sums,
        [&](int row, int k) {
            int channel = first_channel + row;
            return channel < CHANNELS ? w[weight_of(group * FILTERS + k / WINDOW, channel, k % WINDOW)] : real(0);
        },
        [&](int k, int j) {
            Place tap = tap_of(k % WINDOW);
            // Negative places become large ones.
            unsigned z = padded[j].z - tap.z, y = padded[j].y - tap.y, x = padded[j].x - tap.x;
            if (!(exists >> j & 1) || z % STRIDE0 || y % STRIDE1 || x % STRIDE2) return real(0);
            z /= STRIDE0, y /= STRIDE1, x /= STRIDE2;
            if (z >= OUT0 || y >= OUT1 || x >= OUT2) return real(0);
            return gradient_of_sum(gradient, winners, line[j] + k / WINDOW, Place{int(z), int(y), int(x)});
        },
        0, FILTERS * WINDOW);
#pragma unroll
    for (int i = 0; i < EACH_M; i++) {
        int row = first_channel + threadIdx.y * EACH_M + i, channel = group * CHANNELS + row;
        if (row >= CHANNELS) break;
#pragma unroll
        for (int j = 0; j < EACH_N; j++) {
            if (!(exists >> j & 1)) continue;
            unsigned number = first_element + 32 * j, image = number / PLANE, element = number % PLANE;
            real sum = sums[i][j];
            if (bias) sum += bias[UNTIED ? channel * PLANE + element : channel];
            x[(Long(image) * GROUPS * CHANNELS + channel) * PLANE + element] = nonlinearity(sum);
        }
    }
}
