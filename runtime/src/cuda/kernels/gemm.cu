// C = A B, or C += A B, of any strides, in tiles of TILE x TILE = 64 x 64 that 16 x 16 threads compute, from strips of 16
// along k in shared memory. Then, on each sum: bias, nonlinearity, dropout. In f32 and f64 each thread has 4 x 4 sums; with
// factors of fewer bits each warp has 16 x 32, by the tensor cores where there are any.
//
// A strip is 2 x 64 x 16 values read for 64 x 64 x 16 multiply-adds: 32 for each value from memory, and in f32 2 for each
// value from shared memory.

#define STRIP 16
#define EACH 4
// Lines of a strip begin 8 banks after each other, so that a warp's reads of fragments meet in none.
#define LINE (TILE + 8)

// A tile's strip of a matrix whose lines (rows of A, columns of B) lie `line` apart, and elements along k `along`.
// Threads next to each other read what lies next to each other.
__device__ __forceinline__ void load(real (*strip)[LINE], const real *values, Long line, Long along, int first, int lines,
                                     int k, int depth) {
    int thread = threadIdx.y * 16 + threadIdx.x;
    for (int place = thread; place < TILE * STRIP; place += 256) {
        int i = along == 1 ? place / STRIP : place % TILE;
        int p = along == 1 ? place % STRIP : place / TILE;
        bool inside = first + i < lines && k + p < depth;
        strip[p][i] = inside ? factor(values[(first + i) * line + (k + p) * along]) : real(0);
    }
}

// What follows the product of one element.
struct Finish {
    real *c;
    int m, n, accumulate;
    const real *bias;
    const Step *step;

    __device__ __forceinline__ void operator()(int row, int column, real sum) const {
        if (row >= m || column >= n) return;
        Long place = Long(row) * n + column;
        if (accumulate) sum += c[place];
        if (bias) sum += bias[column];
        sum = nonlinearity(sum);
        if (DROPS) sum *= bits16(step, LAYER, place) < THRESHOLD ? real(0) : real(SCALE);
        c[place] = sum;
    }
};

extern "C" __global__ void __launch_bounds__(256)
    gemm(const real *a, Long a_row, Long a_column, const real *b, Long b_row, Long b_column, real *c, int m, int n,
         int k, int accumulate, const real *bias, const Step *step) {
    __shared__ real strip_of_a[STRIP][LINE], strip_of_b[STRIP][LINE];
    // Rows along x, as there may be more of them than blocks along y.
    int first_row = blockIdx.x * TILE, first_column = blockIdx.y * TILE;
    Finish finish = {c, m, n, accumulate, bias, step};
#ifdef TENSOR_CORES
    int warp = threadIdx.y / 2, lane = threadIdx.y % 2 * 16 + threadIdx.x, group = lane / 4, t = lane % 4;
    int row = warp % 4 * 16 + group, column = warp / 4 * 32;
    float sums[4][4] = {};
#else
    real sums[EACH][EACH] = {};
#endif
    for (int first = 0; first < k; first += STRIP) {
        load(strip_of_a, a, a_row, a_column, first_row, m, first, k);
        load(strip_of_b, b, b_column, b_row, first_column, n, first, k);
        __syncthreads();
#ifdef TENSOR_CORES
        for (int p = 0; p < STRIP; p += MMA_DEPTH) {
            unsigned x[4];
            for (int i = 0; i < 4; i++) {
                int r = row + i % 2 * 8;
#if PRECISION == 1
                x[i] = __float_as_uint(strip_of_a[p + t + i / 2 * 4][r]);
#else
                int q = p + 2 * t + i / 2 * 8;
                x[i] = pair(strip_of_a[q][r], strip_of_a[q + 1][r]);
#endif
            }
            for (int j = 0; j < 4; j++) {
                unsigned y[2];
                for (int i = 0; i < 2; i++) {
                    int s = column + j * 8 + group;
#if PRECISION == 1
                    y[i] = __float_as_uint(strip_of_b[p + t + i * 4][s]);
#else
                    int q = p + 2 * t + i * 8;
                    y[i] = pair(strip_of_b[q][s], strip_of_b[q + 1][s]);
#endif
                }
                mma(sums[j], x, y);
            }
        }
#else
#pragma unroll
        for (int p = 0; p < STRIP; p++) {
            real x[EACH], y[EACH];
            for (int i = 0; i < EACH; i++) x[i] = strip_of_a[p][threadIdx.y + 16 * i];
            for (int j = 0; j < EACH; j++) y[j] = strip_of_b[p][threadIdx.x + 16 * j];
            for (int i = 0; i < EACH; i++)
                for (int j = 0; j < EACH; j++) sums[i][j] += x[i] * y[j];
        }
#endif
        __syncthreads();
    }
#ifdef TENSOR_CORES
    for (int j = 0; j < 4; j++)
        for (int i = 0; i < 4; i++)
            finish(first_row + row + i / 2 * 8, first_column + column + j * 8 + 2 * t + i % 2, sums[j][i]);
#else
    for (int i = 0; i < EACH; i++)
        for (int j = 0; j < EACH; j++)
            finish(first_row + threadIdx.y + 16 * i, first_column + threadIdx.x + 16 * j, sums[i][j]);
#endif
}
