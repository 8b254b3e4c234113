// Pooling over windows: the largest value of each, or the mean. One pass over the images; the limit is memory.

struct Range {
    int begin, end;
};

// What a window covers along an axis.
__device__ __forceinline__ Range covered(int position, int size, int stride, int pad, int length) {
    int start = position * stride - pad;
    return Range{max(start, 0), min(start + size, length)};
}

// The windows over an element along an axis.
__device__ __forceinline__ Range windows_over(int element, int size, int stride, int pad, int positions) {
    int padded = element + pad;
    return Range{padded < size ? 0 : (padded - size) / stride + 1, min(padded / stride + 1, positions)};
}

// The elements that a mean counts along an axis. What goes beyond the padding is not counted.
__device__ __forceinline__ int counted(int position, int size, int stride, int pad, int length) {
    if (WITH_PADDING) return min(size, length + 2 * pad - position * stride);
    Range range = covered(position, size, stride, pad, length);
    return range.end - range.begin;
}

__device__ __forceinline__ real count_of(Place position) {
    return real(counted(position.z, SIZE0, STRIDE0, PAD0, IN0) * counted(position.y, SIZE1, STRIDE1, PAD1, IN1) *
                counted(position.x, SIZE2, STRIDE2, PAD2, IN2));
}

// Calls `function` with each element of a channel that a window covers.
template <typename F> __device__ __forceinline__ void each_covered(Place position, F function) {
    Range deep = covered(position.z, SIZE0, STRIDE0, PAD0, IN0), down = covered(position.y, SIZE1, STRIDE1, PAD1, IN1),
          across = covered(position.x, SIZE2, STRIDE2, PAD2, IN2);
    for (int z = deep.begin; z < deep.end; z++)
        for (int y = down.begin; y < down.end; y++)
            for (int x = across.begin; x < across.end; x++) function(element_of(Place{z, y, x}, IN1, IN2));
}

// Calls `function` with the position of each window over an element.
template <typename F> __device__ __forceinline__ void each_window(Place element, F function) {
    Range deep = windows_over(element.z, SIZE0, STRIDE0, PAD0, OUT0),
          down = windows_over(element.y, SIZE1, STRIDE1, PAD1, OUT1),
          across = windows_over(element.x, SIZE2, STRIDE2, PAD2, OUT2);
    for (int z = deep.begin; z < deep.end; z++)
        for (int y = down.begin; y < down.end; y++)
            for (int x = across.begin; x < across.end; x++) function(Place{z, y, x});
}

// `winners` may be null.
extern "C" __global__ void max_pool(const real *x, real *y, unsigned *winners, Long count) {
    FOR_EACH(i, count) {
        const real *channel = x + i / POSITIONS * PLANE;
        int winner = -1;
        each_covered(place_of(i % POSITIONS, OUT1, OUT2), [&](int element) {
            if (winner < 0 || larger(channel[element], channel[winner])) winner = element;
        });
        y[i] = channel[winner];
        if (winners) winners[i] = winner;
    }
}

// Each element gets the gradients of the windows that it won.
extern "C" __global__ void max_pool_back(const real *gradient, const unsigned *winners, real *x, Long count) {
    FOR_EACH(i, count) {
        Long line = i / PLANE * POSITIONS;
        int element = i % PLANE;
        real sum = 0;
        each_window(place_of(element, IN1, IN2), [&](Place position) {
            Long window = line + element_of(position, OUT1, OUT2);
            if (winners[window] == unsigned(element)) sum += gradient[window];
        });
        x[i] = sum;
    }
}

extern "C" __global__ void average_pool(const real *x, real *y, Long count) {
    FOR_EACH(i, count) {
        const real *channel = x + i / POSITIONS * PLANE;
        Place position = place_of(i % POSITIONS, OUT1, OUT2);
        real sum = 0;
        each_covered(position, [&](int element) { sum += channel[element]; });
        y[i] = sum / count_of(position);
    }
}

// Each element gets its share of every window over it.
extern "C" __global__ void average_pool_back(const real *gradient, real *x, Long count) {
    FOR_EACH(i, count) {
        Long line = i / PLANE * POSITIONS;
        real sum = 0;
        each_window(place_of(i % PLANE, IN1, IN2), [&](Place position) {
            sum += gradient[line + element_of(position, OUT1, OUT2)] / count_of(position);
        });
        x[i] = sum;
    }
}
