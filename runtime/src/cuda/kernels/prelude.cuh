// What all kernels share. The text before this one defines the type `real`.

typedef unsigned long long Long;

// What changes from step to step; `Layout` of `cuda/step.rs`.
struct Step {
    Long seed, draw;
    Long update;
    double settings[8], derived[8];
    double loss;
    double squares;
    unsigned failed;
    unsigned first;
    unsigned batches;
};

// A loop over 0..n that all threads share.
#define FOR_EACH(i, n)                                                                                            \
    for (Long i = Long(blockIdx.x) * blockDim.x + threadIdx.x; i < (n); i += Long(gridDim.x) * blockDim.x)

// A loop over 0..n that all warps share, a row for each: threads along x are a warp, along y warps. It is the same for
// all threads of a warp, which may exchange values.
#define FOR_EACH_ROW(i, n)                                                                                        \
    for (Long i = Long(blockIdx.x) * blockDim.y + threadIdx.y; i < (n); i += Long(gridDim.x) * blockDim.y)

#define ALL_LANES 0xffffffffu

// The sum over a warp, in an order that is always the same; every thread gets it.
template <typename T> __device__ __forceinline__ T warp_sum(T value) {
    for (int mask = 16; mask; mask /= 2) value += __shfl_xor_sync(ALL_LANES, value, mask);
    return value;
}

// The largest value of a warp, NaN if one is; every thread gets it.
template <typename T> __device__ __forceinline__ T warp_max(T value) {
    for (int mask = 16; mask; mask /= 2) {
        T other = __shfl_xor_sync(ALL_LANES, value, mask);
        value = other > value || other != other ? other : value;
    }
    return value;
}

// The sum over a block of at most 1024 threads along x, in an order that is always the same; thread 0 gets it.
template <typename T> __device__ __forceinline__ T block_sum(T value) {
    __shared__ T sums[32];
    value = warp_sum(value);
    __syncthreads();
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = value;
    __syncthreads();
    T sum = 0;
    if (threadIdx.x == 0)
        for (unsigned i = 0; i < (blockDim.x + 31) / 32; i++) sum += sums[i];
    return sum;
}

// Philox 4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011); `random.rs` has the same.
struct Block {
    unsigned word[4];
};

__device__ __forceinline__ Block philox(unsigned block, unsigned layer, Long draw, Long seed) {
    unsigned c0 = block, c1 = layer, c2 = unsigned(draw), c3 = unsigned(draw >> 32);
    unsigned k0 = unsigned(seed), k1 = unsigned(seed >> 32);
    for (int round = 0; round < 10; round++) {
        Long p0 = Long(c0) * 0xD2511F53u, p1 = Long(c2) * 0xCD9E8D57u;
        c0 = unsigned(p1 >> 32) ^ c1 ^ k0;
        c1 = unsigned(p1);
        c2 = unsigned(p0 >> 32) ^ c3 ^ k1;
        c3 = unsigned(p0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return Block{{c0, c1, c2, c3}};
}

// The sixteen random bits of a position.
__device__ __forceinline__ unsigned bits16(const Step *step, unsigned layer, Long position) {
    Block block = philox(unsigned(position / 8), layer, step->draw, step->seed);
    unsigned place = unsigned(position % 8);
    return block.word[place / 2] >> (16 * (place % 2)) & 0xffff;
}
