// Random numbers of layer LAYER; `cpu/noise.rs` has the same.

// Random bits as a number between 0 and 1, neither of them included.
__device__ __forceinline__ double unit(unsigned word) { return (double(word) + 0.5) / 4294967296.0; }

__device__ __forceinline__ Block random_block(const Step *step, Long block) {
    return philox(unsigned(block), LAYER, step->draw, step->seed);
}
