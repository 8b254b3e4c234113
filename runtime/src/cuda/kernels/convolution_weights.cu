// The gradient with respect to the filters: a product of the gradients with respect to the sums (FILTERS, windows) with
// what the windows cover (windows, TAPS), and after it a column of ones, which makes the gradient of the biases. The
// windows of a batch are many and the filters few, so blocks share the windows, and their parts are then added in order.

// `parts` is (blocks along x, GROUPS * FILTERS, TAPS + 1); a block along x has `share` windows.
extern "C" __global__ void __launch_bounds__(256)
    multiply(const real *x, const real *gradient, const unsigned *winners, real *parts, int batch, int share) {
    int tiles_n = (TAPS + TILE_N) / TILE_N, tiles_m = (FILTERS + TILE_M - 1) / TILE_M;
    int first_column = blockIdx.y % tiles_n * TILE_N + threadIdx.x;
    int first_filter = blockIdx.y / tiles_n % tiles_m * TILE_M, group = blockIdx.y / tiles_n / tiles_m;
    Place tap[EACH_N];
    int offset[EACH_N];
#pragma unroll
    for (int j = 0; j < EACH_N; j++) {
        int column = first_column + 32 * j;
        tap[j] = tap_of(column % WINDOW);
        offset[j] = column / WINDOW * PLANE + element_of(tap[j], IN1, IN2);
    }
    int first = blockIdx.x * share, end = batch * POSITIONS;
    real sums[EACH_M][EACH_N] = {};
    add_products(
        sums,
        [&](int row, int k) {
            int filter = first_filter + row;
            if (filter >= FILTERS) return real(0);
            Long line = Long(k / POSITIONS * GROUPS + group) * FILTERS + filter;
            return gradient_of_sum(gradient, winners, line, place_of(k % POSITIONS, OUT1, OUT2));
        },
        [&](int k, int j) {
            int column = first_column + 32 * j;
            if (column >= TAPS) return real(column == TAPS);
            Place covered = first_of(place_of(k % POSITIONS, OUT1, OUT2));
            if (PADDED && !within_image(covered + tap[j])) return real(0);
            Long origin = Long(k / POSITIONS * GROUPS + group) * CHANNELS * PLANE;
            return x[origin + element_of(covered, IN1, IN2) + offset[j]];
        },
        first, end < first + share ? end : first + share);
#pragma unroll
    for (int i = 0; i < EACH_M; i++) {
        int row = first_filter + threadIdx.y * EACH_M + i;
        if (row >= FILTERS) break;
#pragma unroll
        for (int j = 0; j < EACH_N; j++) {
            int column = first_column + 32 * j;
            Long line = Long(blockIdx.x) * GROUPS * FILTERS + group * FILTERS + row;
            if (column <= TAPS) parts[line * (TAPS + 1) + column] = sums[i][j];
        }
    }
}
