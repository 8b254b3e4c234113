// Loops over elements.

extern "C" __global__ void add(const real *term, real *sum, Long count) {
    FOR_EACH(i, count) sum[i] += term[i];
}

extern "C" __global__ void fill(real *values, double value, Long count) {
    FOR_EACH(i, count) values[i] = real(value);
}

extern "C" __global__ void from_numbers(const int *numbers, real *values, Long count) {
    FOR_EACH(i, count) values[i] = real(numbers[i]);
}

// The sums over the rows of a matrix (rows, columns), a column for each thread along x; threads along y take turns at
// the rows.
extern "C" __global__ void sum_rows(const real *values, real *sums, Long rows, int columns) {
    __shared__ real parts[8][32];
    int column = blockIdx.x * 32 + threadIdx.x;
    real sum = 0;
    if (column < columns)
        for (Long row = threadIdx.y; row < rows; row += 8) sum += values[row * columns + column];
    parts[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && column < columns) {
        for (int i = 1; i < 8; i++) sum += parts[i][threadIdx.x];
        sums[column] = sum;
    }
}
