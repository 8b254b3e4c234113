// C = A B, or C += A B, of any strides, in tiles of TILE x TILE = 64 x 64 that 16 x 16 threads compute, 4 x 4 elements each, from
// strips of 16 along k in shared memory. Then, on each sum: bias, nonlinearity, dropout.
//
// A strip is 2 x 64 x 16 values read for 64 x 64 x 16 multiply-adds: 32 for each value from memory, and 8 for each reading of
// shared memory, of four values.

#define STRIP 16
#define EACH 4
// Lines of four values each begin in banks of their own.
#define PITCH (TILE + 4)

// A tile's strip of a matrix whose lines (rows of A, columns of B) lie `line` apart, and elements along k `along`.
// Threads next to each other read what lies next to each other.
__device__ __forceinline__ void load(real (*strip)[PITCH], const real *values, Long line, Long along, int first,
                                     int lines, int k, int depth) {
    int thread = threadIdx.y * 16 + threadIdx.x;
    for (int place = thread; place < TILE * STRIP; place += 256) {
        int i = along == 1 ? place / STRIP : place % TILE;
        int p = along == 1 ? place % STRIP : place / TILE;
        bool inside = first + i < lines && k + p < depth;
        strip[p][i] = inside ? values[(first + i) * line + (k + p) * along] : real(0);
    }
}

extern "C" __global__ void __launch_bounds__(256)
    gemm(const real *a, Long a_row, Long a_column, const real *b, Long b_row, Long b_column, real *c, int m, int n,
         int k, int accumulate, const real *bias, const Step *step) {
    alignas(16) __shared__ real strip_of_a[STRIP][PITCH];
    alignas(16) __shared__ real strip_of_b[STRIP][PITCH];
    // All tiles along x, as blocks along y are few: those of one column next to each other, which share a strip of B.
    int tiles = (m + TILE - 1) / TILE;
    int first_row = blockIdx.x % tiles * TILE, first_column = blockIdx.x / tiles * TILE;
    real sums[EACH][EACH] = {};
    for (int first = 0; first < k; first += STRIP) {
        load(strip_of_a, a, a_row, a_column, first_row, m, first, k);
        load(strip_of_b, b, b_column, b_row, first_column, n, first, k);
        __syncthreads();
#pragma unroll
        for (int p = 0; p < STRIP; p++) {
            real x[EACH], y[EACH];
            for (int i = 0; i < EACH; i++) x[i] = strip_of_a[p][threadIdx.y * EACH + i];
            for (int j = 0; j < EACH; j++) y[j] = strip_of_b[p][threadIdx.x * EACH + j];
            for (int i = 0; i < EACH; i++)
                for (int j = 0; j < EACH; j++) sums[i][j] += x[i] * y[j];
        }
        __syncthreads();
    }
    for (int i = 0; i < EACH; i++)
        for (int j = 0; j < EACH; j++) {
            int row = first_row + threadIdx.y * EACH + i, column = first_column + threadIdx.x * EACH + j;
            if (row >= m || column >= n) continue;
            Long place = Long(row) * n + column;
            real sum = sums[i][j];
            if (accumulate) sum += c[place];
            if (bias) sum += bias[column];
            sum = nonlinearity(sum);
            if (DROPS) sum *= bits16(step, LAYER, place) < THRESHOLD ? real(0) : real(SCALE);
            c[place] = sum;
        }
}
