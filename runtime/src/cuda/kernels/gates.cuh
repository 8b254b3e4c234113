// A step of a recurrent layer, a thread for each unit of each item. An item has UNITS. Blocks along x have ROW of them each,
// which is as far as a softmax goes, and all threads of such a block reach every call of the functions below. Gradients
// with respect to sums are clipped to plus and minus CLIP, 0 for not at all.

struct Unit {
    Long item;
    int number;
    // Among the units of all items.
    Long place;
    // Threads beyond a row read and compute what its last unit does, and store nothing.
    bool inside;
};

__device__ __forceinline__ Unit this_unit() {
    int in_row = blockIdx.y * blockDim.x + threadIdx.x;
    bool inside = in_row < ROW;
    Long place = Long(blockIdx.x) * ROW + (inside ? in_row : ROW - 1);
    return Unit{place / UNITS, int(place % UNITS), place, inside};
}

// Where a kernel stores: once all have read.
#define WHERE_INSIDE(unit)                                                                                        \
    __syncthreads();                                                                                              \
    if (!unit.inside) return;

// The place of a unit's value in block `block` of rows of `blocks`.
__device__ __forceinline__ Long in_block(Unit unit, int blocks, int block) {
    return (unit.item * blocks + block) * UNITS + unit.number;
}

// Whether an item keeps its state; `mask` may be null.
__device__ __forceinline__ bool is_masked(const real *mask, Unit unit) { return mask && mask[unit.item] == 0; }

// The sum over a block; every thread gets it.
__device__ __forceinline__ real block_total(real value) {
    __shared__ real total;
    value = block_sum(value);
    if (threadIdx.x == 0) total = value;
    __syncthreads();
    return total;
}

// The largest value of a block, NaN if one is; every thread gets it.
__device__ __forceinline__ real block_max(real value) {
    __shared__ real largest[32];
    value = warp_max(value);
    __syncthreads();
    if (threadIdx.x % 32 == 0) largest[threadIdx.x / 32] = value;
    __syncthreads();
    for (unsigned i = 0; i < blockDim.x / 32; i++)
        value = largest[i] > value || largest[i] != largest[i] ? largest[i] : value;
    return value;
}

__device__ __forceinline__ real value_in_row(int function, real alpha, real beta, real sum, Unit unit) {
    if (function != SOFTMAX) return value_of(function, alpha, beta, sum);
    real power = exp(sum - block_max(sum));
    return power / block_total(unit.inside ? power : real(0));
}

// From the gradient with respect to a value to that with respect to its sum.
__device__ __forceinline__ real gradient_in_row(int function, real alpha, real beta, real value, real gradient,
                                                Unit unit) {
    if (function != SOFTMAX) return gradient * slope_at(function, alpha, beta, value);
    return value * (gradient - block_total(unit.inside ? value * gradient : real(0)));
}

// NaN passes through.
__device__ __forceinline__ real clipped(real gradient) {
    if (CLIP > 0 && fabs(gradient) > real(CLIP)) return gradient > 0 ? real(CLIP) : -real(CLIP);
    return gradient;
}
