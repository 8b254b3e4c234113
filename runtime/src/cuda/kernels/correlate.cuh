// What kernels with planes of images in shared memory have in common.

// A value, and where it goes; nowhere if that is negative.
struct Item {
    int place;
    real value;
};

#define NOTHING (Item{-1, real(0)})

// All threads fill shared memory with `count` items, each 8 at a time, so that it waits for memory once for all of them.
template <typename F> __device__ __forceinline__ void fill(real *shared, int count, F item) {
    for (int first = threadIdx.x; first < count; first += 8 * THREADS) {
        Item items[8];
#pragma unroll
        for (int i = 0; i < 8; i++) items[i] = first + i * THREADS < count ? item(first + i * THREADS) : NOTHING;
#pragma unroll
        for (int i = 0; i < 8; i++)
            if (items[i].place >= 0) shared[items[i].place] = items[i].value;
    }
}
