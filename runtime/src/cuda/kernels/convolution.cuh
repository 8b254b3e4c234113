// What the products of a convolution share. CHANNELS and FILTERS are those of one of GROUPS groups. The weight of a
// filter, channel and tap lies at filter * FILTER_STRIDE + channel * CHANNEL_STRIDE + tap. UNTIED biases are one for each
// position. With POOLED a sum is not stored: of each pool of POOL0 x POOL1 x POOL2 positions, POOL_STRIDE apart, the
// largest is, and which position of the channel it was. There are CELLS0 x CELLS1 x CELLS2 pools, which do not overlap;
// without POOLED each position is one.

#define TAPS (CHANNELS * WINDOW)
#define AREA (POOL0 * POOL1 * POOL2)
#define CELLS (CELLS0 * CELLS1 * CELLS2)
#define STRIP 16
#define TILE_M (8 * EACH_M)
#define TILE_N (32 * EACH_N)

__device__ __forceinline__ Long weight_of(int filter, int channel, int tap) {
    return Long(filter) * FILTER_STRIDE + Long(channel) * CHANNEL_STRIDE + tap;
}

// The gradient with respect to a sum. `line` counts channels over all images.
__device__ __forceinline__ real gradient_of_sum(const real *gradient, const unsigned *winners, Long line,
                                                Place position) {
    int element = element_of(position, OUT1, OUT2);
    if (!POOLED) return gradient[line * POSITIONS + element];
    Place cell = {position.z / POOL_STRIDE0, position.y / POOL_STRIDE1, position.x / POOL_STRIDE2};
    if (cell.z >= CELLS0 || cell.y >= CELLS1 || cell.x >= CELLS2) return 0;
    Long place = line * CELLS + element_of(cell, CELLS1, CELLS2);
    return winners[place] == unsigned(element) ? gradient[place] : real(0);
}

// Adds the products of a tile of TILE_M rows of A with TILE_N columns of B, from `k` up to `end`. The block is 32 x 8
// threads: a thread has EACH_M rows that lie next to each other, from threadIdx.y * EACH_M on, and EACH_N columns that lie
// 32 apart. `a(row, k)` and `b(k, j)`, where j is the number of a column among the thread's own, give the factors.
template <typename A, typename B>
__device__ __forceinline__ void add_products(real (*sums)[EACH_N], A a, B b, int k, int end) {
    alignas(16) __shared__ real strip_of_a[STRIP][TILE_M + 4];
    alignas(16) __shared__ real strip_of_b[STRIP][TILE_N];
    for (; k < end; k += STRIP) {
        for (int place = threadIdx.y * 32 + threadIdx.x; place < TILE_M * STRIP; place += 256) {
            int p = place % STRIP, row = place / STRIP;
            strip_of_a[p][row] = k + p < end ? a(row, k + p) : real(0);
        }
        for (int p = threadIdx.y; p < STRIP; p += 8)
#pragma unroll
            for (int j = 0; j < EACH_N; j++)
                strip_of_b[p][threadIdx.x + 32 * j] = k + p < end ? b(k + p, j) : real(0);
        __syncthreads();
#pragma unroll
        for (int p = 0; p < STRIP; p++) {
            real x[EACH_M], y[EACH_N];
#pragma unroll
            for (int i = 0; i < EACH_M; i++) x[i] = strip_of_a[p][threadIdx.y * EACH_M + i];
#pragma unroll
            for (int j = 0; j < EACH_N; j++) y[j] = strip_of_b[p][threadIdx.x + 32 * j];
#pragma unroll
            for (int i = 0; i < EACH_M; i++)
#pragma unroll
                for (int j = 0; j < EACH_N; j++) sums[i][j] += x[i] * y[j];
        }
        __syncthreads();
    }
}
