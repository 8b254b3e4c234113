// Products of small matrices by the tensor cores, from compute capability 8.0 on: D (16, 8) += A (16, K) B (K, 8), held by a
// warp as the PTX manual says under "mma.m16n8k8" (TensorFloat-32, K = 8) and "mma.m16n8k16" (bfloat16, K = 16). Lane l is
// in group l / 4, and the number t = l % 4 in it. PRECISION is 0 for f32, 1 for TensorFloat-32, 2 for bfloat16.

#ifdef EMULATED
static unsigned __float_as_uint(float value) {
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
static float __uint_as_float(unsigned bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
#endif

// A factor of a product, to nearest with ties to even: `DROPPED` bits are lost.
template <int DROPPED> __device__ __forceinline__ float rounded(float x) {
    unsigned bits = __float_as_uint(x), half = (1u << (DROPPED - 1)) - 1;
    bits = (bits + half + (bits >> DROPPED & 1)) >> DROPPED << DROPPED;
    return x != x ? x : __uint_as_float(bits);
}

__device__ __forceinline__ real factor(real x) {
#if PRECISION == 1
    return rounded<13>(x);
#elif PRECISION == 2
    return rounded<16>(x);
#else
    return x;
#endif
}

#if PRECISION > 0 && (defined(EMULATED) || __CUDA_ARCH__ >= 800)
#define TENSOR_CORES 1
#if PRECISION == 1
#define MMA_DEPTH 8
#else
#define MMA_DEPTH 16
#endif

// Two bfloat16 in one register, the first in the lower half.
__device__ __forceinline__ unsigned pair(float first, float second) {
    return __float_as_uint(first) >> 16 | (__float_as_uint(second) & 0xffff0000u);
}

__device__ __forceinline__ void mma(float *d, const unsigned *a, const unsigned *b) {
#ifdef EMULATED
    unsigned lane = emulator::lane(), group = lane / 4, t = lane % 4;
    for (int k = 0; k < MMA_DEPTH; k++) {
        // The register that holds column k of A and row k of B, the lane within its group, and the half.
        int place = k / (MMA_DEPTH / 2), owner = MMA_DEPTH == 8 ? k % 4 : k % 8 / 2, half = MMA_DEPTH == 8 ? 1 : k % 2;
        unsigned upper = __shfl_sync(ALL_LANES, a[2 * place], group * 4 + owner);
        unsigned lower = __shfl_sync(ALL_LANES, a[2 * place + 1], group * 4 + owner);
        unsigned left = __shfl_sync(ALL_LANES, b[place], 2 * t * 4 + owner);
        unsigned right = __shfl_sync(ALL_LANES, b[place], (2 * t + 1) * 4 + owner);
        auto value = [&](unsigned bits) {
            return __uint_as_float(MMA_DEPTH == 8 ? bits : half ? bits & 0xffff0000u : bits << 16);
        };
        d[0] += value(upper) * value(left);
        d[1] += value(upper) * value(right);
        d[2] += value(lower) * value(left);
        d[3] += value(lower) * value(right);
    }
#elif PRECISION == 1
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}
#endif
