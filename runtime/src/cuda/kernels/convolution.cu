// y = nonlinearity(W * x + b), or the largest of these in each pool: a product of the filters (FILTERS, TAPS) with what
// the windows cover (TAPS, windows), which is read from the images as it is needed.

// The columns of a block: for each of its pools all windows, those of one pool in one thread.
extern "C" __global__ void __launch_bounds__(256)
    convolve(const real *w, const real *bias, const real *x, real *y, unsigned *winners, int batch) {
    int tiles = (FILTERS + TILE_M - 1) / TILE_M, group = blockIdx.y / tiles;
    int first_filter = blockIdx.y % tiles * TILE_M;
    unsigned first_cell = blockIdx.x * (TILE_N / AREA) + threadIdx.x;
    Place first[EACH_N];
    Long origin[EACH_N];
    unsigned exists = 0;
#pragma unroll
    for (int j = 0; j < EACH_N; j++) {
        unsigned number = first_cell + j / AREA * 32, image = number / CELLS;
        Place cell = place_of(number % CELLS, CELLS1, CELLS2), element = place_of(j % AREA, POOL1, POOL2);
        Place position = element + Place{cell.z * POOL_STRIDE0, cell.y * POOL_STRIDE1, cell.x * POOL_STRIDE2};
        if (image < unsigned(batch) && position.z < OUT0 && position.y < OUT1 && position.x < OUT2) exists |= 1u << j;
        first[j] = first_of(position);
        origin[j] = Long(image * GROUPS + group) * CHANNELS * PLANE + element_of(first[j], IN1, IN2);
    }
    real sums[EACH_M][EACH_N] = {};
    add_products(
        sums,
        [&](int row, int k) {
            int filter = first_filter + row;
            return filter < FILTERS ? w[weight_of(group * FILTERS + filter, k / WINDOW, k % WINDOW)] : real(0);
        },
        [&](int k, int j) {
            Place tap = tap_of(k % WINDOW);
            bool inside = exists >> j & 1 && (!PADDED || within_image(first[j] + tap));
            return inside ? x[origin[j] + k / WINDOW * PLANE + element_of(tap, IN1, IN2)] : real(0);
        },
        0, TAPS);
#pragma unroll
    for (int i = 0; i < EACH_M; i++) {
        int row = first_filter + threadIdx.y * EACH_M + i, filter = group * FILTERS + row;
        if (row >= FILTERS) break;
#pragma unroll
        for (int cell = 0; cell < EACH_N / AREA; cell++) {
            if (!(exists >> cell * AREA & 1)) continue;
            real best = 0;
            int winner = 0;
#pragma unroll
            for (int element = 0; element < AREA; element++) {
                int j = cell * AREA + element;
                Place position = {(first[j].z + PAD0) / STRIDE0, (first[j].y + PAD1) / STRIDE1,
                                  (first[j].x + PAD2) / STRIDE2};
                int place = element_of(position, OUT1, OUT2);
                real sum = sums[i][j];
                if (bias && exists >> j & 1) sum += bias[UNTIED ? filter * POSITIONS + place : filter];
                if (element == 0 || (exists >> j & 1 && larger(sum, best))) best = sum, winner = place;
            }
            unsigned number = first_cell + cell * 32, image = number / CELLS;
            Long place = (Long(image) * GROUPS * FILTERS + filter) * CELLS + number % CELLS;
            y[place] = nonlinearity(best);
            if (winners) winners[place] = winner;
        }
    }
}
