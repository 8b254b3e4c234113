// Steps along a direction `u` from `x`, in double precision whatever `real` is. `unit` is one number.

// The deviation of `x` from its mean, or if all its values are alike from zero, times `step` and divided by the largest of `u`.
extern "C" __global__ void unit_of_step(const real *x, const real *u, double *unit, double step, Long count) {
    __shared__ double shared_mean, largest_of_warp[32];
    double sum = 0, about_mean = 0, about_zero = 0, largest = 0;
    for (Long i = threadIdx.x; i < count; i += blockDim.x) sum += double(x[i]);
    sum = block_sum(sum);
    if (threadIdx.x == 0) shared_mean = sum / double(count);
    __syncthreads();
    for (Long i = threadIdx.x; i < count; i += blockDim.x) {
        double distance = double(x[i]) - shared_mean, size = fabs(double(u[i]));
        about_mean += distance * distance;
        about_zero += double(x[i]) * x[i];
        largest = size > largest ? size : largest;
    }
    about_mean = block_sum(about_mean);
    about_zero = block_sum(about_zero);
    largest = warp_max(largest);
    if (threadIdx.x % 32 == 0) largest_of_warp[threadIdx.x / 32] = largest;
    __syncthreads();
    if (threadIdx.x > 0) return;
    for (unsigned i = 1; i < blockDim.x / 32; i++) largest = max(largest, largest_of_warp[i]);
    double square = about_mean > 0 ? about_mean : about_zero;
    double deviation = square > 0 ? sqrt(square / double(count)) : 1.0;
    // Without a direction all derivatives along it are zero.
    *unit = step * deviation / (largest > 0 ? largest : 1.0);
}

extern "C" __global__ void step_along(const real *x, const real *u, const double *unit, double *to, double places,
                                      Long count) {
    FOR_EACH(i, count) to[i] = double(x[i]) + places * *unit * double(u[i]);
}

extern "C" __global__ void add_share(const double *term, const double *unit, double *sum, double share, Long count) {
    FOR_EACH(i, count) sum[i] += share / *unit * term[i];
}

extern "C" __global__ void widen(const real *from, double *to, Long count) {
    FOR_EACH(i, count) to[i] = double(from[i]);
}

extern "C" __global__ void narrow(const double *from, real *to, Long count) {
    FOR_EACH(i, count) to[i] = real(from[i]);
}

extern "C" __global__ void take_over(const real *from, real *to, Long count) {
    FOR_EACH(i, count) to[i] = from[i];
}
