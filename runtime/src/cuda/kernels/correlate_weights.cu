// The gradient with respect to filters that slide by one over lines or images:
//
//     w(filter, channel, ty, tx) = sum over images, rows, columns of gradient(filter, row, column) * x(channel, row + ty - PAD1, column + tx - PAD2)
//
// and after the taps of each filter a column with the sum of its gradient, that of its bias. A block has LANES_F * EACH_F
// filters and LANES_C channels of a group, and goes through `share` images in bands of BAND rows, which lie in shared memory with
// zeros around them. A thread has all taps of one channel for EACH_F filters, LANES_F apart, in every LANES_R-th row: of
// each line it reads EACH_F * COLS values of gradients, and of each line of images WIDTH, for EACH_F * COLS * SIZE2
// products. Threads of the same filters and channel lie next to each other and add up in the end. Gradients behind max-pooling
// are read as their pools' winners.

#define WINDOW (SIZE1 * SIZE2)
#define TAPS (CHANNELS * WINDOW)
#define PITCH ((OUT2 + COLS - 1) / COLS * COLS)
// Neighbouring planes begin in banks of their own, four values each.
#define PLANE (BAND * PITCH / 4 % 2 ? BAND * PITCH : BAND * PITCH + 4)
#define IMAGE_PITCH ((PITCH + SIZE2 - 1 + 3) / 4 * 4)
#define IMAGE_ROWS (BAND + SIZE1 - 1)
#define IMAGE_PLANE (IMAGE_ROWS * IMAGE_PITCH / 4 % 2 ? IMAGE_ROWS * IMAGE_PITCH : IMAGE_ROWS * IMAGE_PITCH + 4)
#define FILTERS_OF_BLOCK (LANES_F * EACH_F)
#define CELLS (CELLS1 * CELLS2)
#define LOAD_ROWS min(CELLS1, BAND / POOL1 + (BAND % POOL1 ? 2 : 0))

// `parts` is (blocks along x, GROUPS * FILTERS, TAPS + 1).
extern "C" __global__ void __launch_bounds__(THREADS)
    correlate_weights(const real *x, const real *gradient, const unsigned *winners, real *parts, int batch,
                      int share) {
    alignas(16) __shared__ real shared[SHARED];
    real *images = shared + FILTERS_OF_BLOCK * PLANE;
    int lane_r = threadIdx.x % LANES_R, lane_f = threadIdx.x / LANES_R % LANES_F;
    int lane_c = threadIdx.x / (LANES_R * LANES_F);
    bool works = lane_c < LANES_C;
    int tiles_c = (CHANNELS + LANES_C - 1) / LANES_C, tiles_f = (FILTERS + FILTERS_OF_BLOCK - 1) / FILTERS_OF_BLOCK;
    int first_channel = blockIdx.y % tiles_c * LANES_C, channel = first_channel + lane_c;
    int first_filter = blockIdx.y / tiles_c % tiles_f * FILTERS_OF_BLOCK, group = blockIdx.y / tiles_c / tiles_f;
    real sums[EACH_F][SIZE1][SIZE2] = {}, biases[EACH_F] = {};
    int first = blockIdx.x * share, end = min(first + share, batch);
    for (int image = first; image < end; image++)
        for (int first_row = 0; first_row < OUT1; first_row += BAND) {
            __syncthreads();
            if (image == first || POOLED || BAND < OUT1) {
                for (int i = threadIdx.x; i < FILTERS_OF_BLOCK * PLANE + LANES_C * IMAGE_PLANE; i += THREADS)
                    shared[i] = 0;
                __syncthreads();
            }
            int first_load = min(first_row / POOL1, CELLS1 - LOAD_ROWS);
            const Long first_gradient = (Long(image * GROUPS + group) * FILTERS + first_filter) * CELLS;
            fill(shared, FILTERS_OF_BLOCK * LOAD_ROWS * CELLS2, [&](int i) {
                int plane = i / (LOAD_ROWS * CELLS2), cell = first_load * CELLS2 + i % (LOAD_ROWS * CELLS2);
                if (FILTERS % FILTERS_OF_BLOCK && first_filter + plane >= FILTERS) return NOTHING;
                Long place = first_gradient + plane * CELLS + cell;
                int position = POOLED ? int(winners[place]) : cell, row = position / OUT2 - first_row;
                bool inside = unsigned(row) < unsigned(BAND);
                return Item{inside ? plane * PLANE + row * PITCH + position % OUT2 : -1, gradient[place]};
            });
            const real *channels = x + (Long(image * GROUPS + group) * CHANNELS + first_channel) * (IN1 * IN2);
            fill(images, LANES_C * IMAGE_ROWS * IN2, [&](int i) {
                int plane = i / (IMAGE_ROWS * IN2), row = i / IN2 % IMAGE_ROWS, from = first_row + row - PAD1;
                int column = i % IN2 + PAD2;
                if (CHANNELS % LANES_C && first_channel + plane >= CHANNELS) return NOTHING;
                if (unsigned(from) >= unsigned(IN1) || column >= IMAGE_PITCH) return NOTHING;
                return Item{plane * IMAGE_PLANE + row * IMAGE_PITCH + column,
                            channels[(plane * IN1 + from) * IN2 + i % IN2]};
            });
            __syncthreads();
            if (!works) continue;
#pragma unroll 1
            for (int row = lane_r; row < BAND; row += LANES_R)
#pragma unroll 1
                for (int column = 0; column < PITCH; column += COLS) {
                    real line[EACH_F][COLS];
#pragma unroll
                    for (int j = 0; j < EACH_F; j++)
#pragma unroll
                        for (int i = 0; i < COLS; i++)
                            line[j][i] = shared[(lane_f + LANES_F * j) * PLANE + row * PITCH + column + i];
                    if (channel == 0)
                        for (int j = 0; j < EACH_F; j++)
                            for (int i = 0; i < COLS; i++) biases[j] += line[j][i];
#pragma unroll
                    for (int ty = 0; ty < SIZE1; ty++) {
                        real values[WIDTH];
#pragma unroll
                        for (int i = 0; i < WIDTH; i++)
                            values[i] = images[lane_c * IMAGE_PLANE + (row + ty) * IMAGE_PITCH + column + i];
#pragma unroll
                        for (int tx = 0; tx < SIZE2; tx++)
#pragma unroll
                            for (int j = 0; j < EACH_F; j++)
#pragma unroll
                                for (int i = 0; i < COLS; i++) sums[j][ty][tx] += line[j][i] * values[i + tx];
                    }
                }
        }
#pragma unroll
    for (int j = 0; j < EACH_F; j++) {
        int filter = first_filter + lane_f + LANES_F * j;
        bool writes = works && lane_r == 0 && filter < FILTERS && channel < CHANNELS;
        Long place = (Long(blockIdx.x) * GROUPS * FILTERS + group * FILTERS + filter) * (TAPS + 1);
#pragma unroll
        for (int tap = 0; tap <= WINDOW; tap++) {
            int of = min(tap, WINDOW - 1);
            real sum = tap < WINDOW ? sums[j][of / SIZE2][of % SIZE2] : biases[j];
            for (int mask = LANES_R / 2; mask; mask /= 2) sum += __shfl_xor_sync(ALL_LANES, sum, mask);
            if (tap < WINDOW && writes)
                parts[place + channel * WINDOW + (FLIP ? WINDOW - 1 - tap : tap)] = sum;
            if (tap == WINDOW && writes && channel == 0) parts[place + TAPS] = sum;
        }
    }
}
