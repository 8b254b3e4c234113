// The sum over a channel of all images: values are (batch, channels, plane). A block for each channel.
extern "C" __global__ void sum_channels(const real *values, real *sums, Long batch, int plane) {
    real sum = 0;
    for (Long i = threadIdx.x; i < batch * plane; i += blockDim.x)
        sum += values[(i / plane * gridDim.x + blockIdx.x) * plane + i % plane];
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}
