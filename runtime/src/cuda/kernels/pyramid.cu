// One level of a spatial pyramid: LEVEL x LEVEL windows on channels of ROWS x COLUMNS elements, whose FEATURES begin at
// FIRST among all levels'. With FAST windows have one size and one stride.

// Where a window begins and ends along an axis.
__device__ __forceinline__ int begin_of(int window, int length) {
    return FAST ? window * (length / LEVEL) : window * length / LEVEL;
}

__device__ __forceinline__ int end_of(int window, int length) {
    return FAST ? begin_of(window, length) + (length + LEVEL - 1) / LEVEL
                : ((window + 1) * length + LEVEL - 1) / LEVEL;
}

__device__ __forceinline__ real count_of(int down, int across) {
    return real((end_of(down, ROWS) - begin_of(down, ROWS)) * (end_of(across, COLUMNS) - begin_of(across, COLUMNS)));
}

// `winners` may be null.
extern "C" __global__ void pool(const real *x, real *y, unsigned *winners, Long channels) {
    FOR_EACH(i, channels * LEVEL * LEVEL) {
        Long line = i / (LEVEL * LEVEL), feature = line * FEATURES + FIRST + i % (LEVEL * LEVEL);
        int down = i / LEVEL % LEVEL, across = i % LEVEL;
        const real *channel = x + line * ROWS * COLUMNS;
        int winner = begin_of(down, ROWS) * COLUMNS + begin_of(across, COLUMNS);
        real sum = 0;
        for (int row = begin_of(down, ROWS); row < end_of(down, ROWS); row++)
            for (int column = begin_of(across, COLUMNS); column < end_of(across, COLUMNS); column++) {
                int element = row * COLUMNS + column;
                sum += channel[element];
                if (larger(channel[element], channel[winner])) winner = element;
            }
        y[feature] = LARGEST ? channel[winner] : sum / count_of(down, across);
        if (winners) winners[feature] = winner;
    }
}

// Adds this level's part; the first one's is written.
extern "C" __global__ void pool_back(const real *gradient, const unsigned *winners, real *x, Long count) {
    FOR_EACH(i, count) {
        int element = i % (ROWS * COLUMNS), row = element / COLUMNS, column = element % COLUMNS;
        Long first = i / (ROWS * COLUMNS) * FEATURES + FIRST;
        real sum = FIRST == 0 ? real(0) : x[i];
        for (int down = 0; down < LEVEL; down++) {
            if (row < begin_of(down, ROWS) || row >= end_of(down, ROWS)) continue;
            for (int across = 0; across < LEVEL; across++) {
                if (column < begin_of(across, COLUMNS) || column >= end_of(across, COLUMNS)) continue;
                Long feature = first + down * LEVEL + across;
                if (!LARGEST) sum += gradient[feature] / count_of(down, across);
                else if (winners[feature] == unsigned(element)) sum += gradient[feature];
            }
        }
        x[i] = sum;
    }
}
