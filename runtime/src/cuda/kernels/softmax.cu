// Softmax of the rows of a matrix (rows, LENGTH), a warp for each row.

extern "C" __global__ void forward(const real *x, real *y, Long rows) {
    FOR_EACH_ROW(row, rows) {
        x += row * LENGTH, y += row * LENGTH;
        real largest = x[0];
        for (int i = threadIdx.x; i < LENGTH; i += 32) largest = x[i] > largest || x[i] != x[i] ? x[i] : largest;
        largest = warp_max(largest);
        real sum = 0;
        for (int i = threadIdx.x; i < LENGTH; i += 32) sum += exp(x[i] - largest);
        sum = warp_sum(sum);
        for (int i = threadIdx.x; i < LENGTH; i += 32) y[i] = exp(x[i] - largest) / sum;
        x -= row * LENGTH, y -= row * LENGTH;
    }
}

extern "C" __global__ void backward(const real *y, real *gradient, Long rows) {
    FOR_EACH_ROW(row, rows) {
        y += row * LENGTH, gradient += row * LENGTH;
        real along = 0;
        for (int i = threadIdx.x; i < LENGTH; i += 32) along += y[i] * gradient[i];
        along = warp_sum(along);
        for (int i = threadIdx.x; i < LENGTH; i += 32) gradient[i] = y[i] * (gradient[i] - along);
        y -= row * LENGTH, gradient -= row * LENGTH;
    }
}

// The derivative of `backward` by the values: from the gradient with respect to what that makes of `before`.
extern "C" __global__ void backward_of_backward(const real *y, const real *before, real *gradient, Long rows) {
    FOR_EACH_ROW(row, rows) {
        const Long start = row * LENGTH;
        real along = 0, sum = 0;
        for (int i = threadIdx.x; i < LENGTH; i += 32) {
            along += y[start + i] * before[start + i];
            sum += y[start + i] * gradient[start + i];
        }
        along = warp_sum(along), sum = warp_sum(sum);
        for (int i = threadIdx.x; i < LENGTH; i += 32) {
            real v = before[start + i];
            gradient[start + i] = gradient[start + i] * (v - along) - v * sum;
        }
    }
}
