// Adds up parts of the gradients of filters, each (LINES, TAPS + 1), in an order that is always the same: 8 rows of threads
// take turns, and their sums are added in order. The last value of a line is that of its bias.

extern "C" __global__ void __launch_bounds__(256) add_parts(const real *parts, int count, real *w, real *biases) {
    __shared__ real sums[8][32];
    int values = LINES * (TAPS + 1), value = blockIdx.x * 32 + threadIdx.x;
    real sum = 0;
    for (int first = threadIdx.y; first < count; first += 64) {
        real terms[8];
#pragma unroll
        for (int i = 0; i < 8; i++) {
            int part = first + 8 * i;
            terms[i] = part < count && value < values ? parts[Long(part) * values + value] : real(0);
        }
#pragma unroll
        for (int i = 0; i < 8; i++) sum += terms[i];
    }
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || value >= values) return;
    for (int i = 1; i < 8; i++) sum += sums[i][threadIdx.x];
    int line = value / (TAPS + 1), column = value % (TAPS + 1);
    if (column < TAPS)
        w[Long(line) * FILTER_STRIDE + Long(column / WINDOW) * CHANNEL_STRIDE + column % WINDOW] = sum;
    else if (biases) biases[line] = sum;
}
