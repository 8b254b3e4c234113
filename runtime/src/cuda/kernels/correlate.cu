// Filters that slide by one over lines or images, without a column matrix and without its arithmetic of places:
//
//     y(out, row, column) = nonlinearity(b + sum over in, ty, tx of w(out, in, ty, tx) * source(in, row + ty - PAD1, column + tx - PAD2))
//
// A convolution, and the gradient with respect to its images, which is one with channels and filters in turned roles. A block
// has BAND x ACROSS tiles of IMAGES images, and LANES * EACH_O of the outputs (OUTS) of a group; it goes through the inputs (INS)
// in steps of CHUNK, whose planes, with zeros around them, and weights lie in shared memory. A thread has the sums of EACH_O
// outputs in a tile of ROWS x COLS positions: of each line of a plane it reads WIDTH values for EACH_O * COLS * SIZE2
// products. Planes that are gradients behind max-pooling (POOLED_SOURCE) are read as their pools' winners: each lies where it
// was largest. Of the outputs' own pools (POOL1 x POOL2) a tile has whole ones, of which the largest sum is stored.

#define WINDOW (SIZE1 * SIZE2)
#define HEIGHT (BAND * ROWS + SIZE1 - 1)
#define PITCH ((ACROSS * COLS + SIZE2 - 1 + 3) / 4 * 4)
#define PLANE (HEIGHT * PITCH)
#define OUTS_OF_BLOCK (LANES * EACH_O)
#define WEIGHTS_PITCH ((OUTS_OF_BLOCK + 7) / 4 * 4)
#define SOURCE_CELLS (SOURCE_CELLS1 * SOURCE_CELLS2)
#define LOAD_ROWS min(SOURCE_CELLS1, HEIGHT / SOURCE_POOL1 + (SOURCE_POOL1 > 1 ? 2 : 0))

// Four values that are stored at once.
struct alignas(4 * sizeof(real)) Four {
    real values[4];
};

extern "C" __global__ void __launch_bounds__(THREADS)
    correlate(const real *w, const real *bias, const real *source, const unsigned *source_winners, real *y,
              unsigned *winners, int batch) {
    alignas(16) __shared__ real shared[SHARED];
    real *weights = shared + CHUNK * IMAGES * PLANE;
    int lane = threadIdx.x % LANES, image = threadIdx.x / LANES % IMAGES, tile = threadIdx.x / LANES / IMAGES;
    bool works = tile < BAND * ACROSS;
    int tile_row = tile / ACROSS * ROWS, tile_column = tile % ACROSS * COLS;
    int bands = (CELLS1 * POOL1 + BAND * ROWS - 1) / (BAND * ROWS);
    int first_row = blockIdx.x % bands * (BAND * ROWS), first_image = blockIdx.x / bands * IMAGES;
    int tiles = (OUTS + OUTS_OF_BLOCK - 1) / OUTS_OF_BLOCK, group = blockIdx.y / tiles;
    int first_out = blockIdx.y % tiles * OUTS_OF_BLOCK;
    int first_load = max(0, min((first_row - PAD1) / SOURCE_POOL1, SOURCE_CELLS1 - LOAD_ROWS));
    real sums[EACH_O][ROWS][COLS] = {};
    for (int in = 0; in < INS; in += CHUNK) {
        int ins = min(CHUNK, INS - in);
        __syncthreads();
        // Where winners are not, and around the planes.
        if (in == 0 || POOLED_SOURCE) {
            for (int i = threadIdx.x; i < CHUNK * IMAGES * PLANE; i += THREADS) shared[i] = 0;
            __syncthreads();
        }
        const Long first = (Long(first_image) * (GROUPS * INS) + group * INS + in) * SOURCE_CELLS;
        fill(shared, IMAGES * CHUNK * LOAD_ROWS * SOURCE_CELLS2, [&](int i) {
            int cell = first_load * SOURCE_CELLS2 + i % (LOAD_ROWS * SOURCE_CELLS2);
            int plane = i / (LOAD_ROWS * SOURCE_CELLS2), from = plane / CHUNK, of = plane % CHUNK;
            if ((INS % CHUNK && of >= ins) || first_image + from >= batch) return NOTHING;
            Long place = first + (from * (GROUPS * INS) + of) * SOURCE_CELLS + cell;
            int position = POOLED_SOURCE ? int(source_winners[place]) : cell;
            int row = position / SOURCE2 + PAD1 - first_row, column = position % SOURCE2 + PAD2;
            bool inside = unsigned(row) < unsigned(HEIGHT) && column < PITCH;
            return Item{inside ? plane * PLANE + row * PITCH + column : -1, source[place]};
        });
        const real *first_weight = w + Long(group) * GROUP_STRIDE + first_out * OUT_STRIDE + in * IN_STRIDE;
        // Neighbouring threads read what lies next to each other, and warps take turns with the outputs.
        for (int k = threadIdx.x % 32; k < CHUNK * WINDOW; k += 32) {
            int tap = k % WINDOW, of = k / WINDOW;
            const real *from = first_weight + of * IN_STRIDE + tap;
            real *to = weights + (of * WINDOW + (FLIP ? WINDOW - 1 - tap : tap)) * WEIGHTS_PITCH;
            for (int first = threadIdx.x / 32; first < OUTS_OF_BLOCK; first += 8 * (THREADS / 32)) {
                real values[8];
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    int out = first + i * (THREADS / 32);
                    bool exists = out < OUTS_OF_BLOCK && first_out + out < OUTS && of < ins;
                    values[i] = exists ? from[out * OUT_STRIDE] : real(0);
                }
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    int out = first + i * (THREADS / 32);
                    if (out < OUTS_OF_BLOCK) to[out] = values[i];
                }
            }
        }
        __syncthreads();
        if (!works) continue;
#pragma unroll 1
        for (int of = 0; of < ins; of++) {
            const real *plane = shared + (image * CHUNK + of) * PLANE + tile_row * PITCH + tile_column;
            real lines[ROWS][WIDTH];
#pragma unroll
            for (int row = 0; row < ROWS - 1; row++)
#pragma unroll
                for (int x = 0; x < WIDTH; x++) lines[row][x] = plane[row * PITCH + x];
#pragma unroll
            for (int ty = 0; ty < SIZE1; ty++) {
                // Lines that are padding alone.
                int top = first_row + tile_row + ty - PAD1;
                bool nothing = PAD1 > 0 && (top + ROWS <= 0 || top >= SOURCE1);
                if (ROWS == 1 && nothing) continue;
#pragma unroll
                for (int x = 0; x < WIDTH; x++)
                    lines[(ty + ROWS - 1) % ROWS][x] = plane[(ty + ROWS - 1) * PITCH + x];
                if (nothing) continue;
#pragma unroll
                for (int tx = 0; tx < SIZE2; tx++) {
                    real factors[EACH_O];
#pragma unroll
                    for (int o = 0; o < EACH_O; o++)
                        factors[o] =
                            weights[(of * WINDOW + ty * SIZE2 + tx) * WEIGHTS_PITCH + lane * EACH_O + o];
#pragma unroll
                    for (int row = 0; row < ROWS; row++)
#pragma unroll
                        for (int column = 0; column < COLS; column++) {
                            // A tile of whole lines knows what is padding when it is compiled.
                            int x = column + tx;
                            if (ACROSS == 1 && (x < PAD2 || x >= PAD2 + SOURCE2)) continue;
#pragma unroll
                            for (int o = 0; o < EACH_O; o++)
                                sums[o][row][column] += factors[o] * lines[(ty + row) % ROWS][x];
                        }
                }
            }
        }
    }
    if (!works || first_image + image >= batch) return;
    bool by_four = POOL1 * POOL2 == 1 && TARGET2 % 4 == 0 && COLS % 4 == 0 && size_t(y) % sizeof(Four) == 0;
#pragma unroll
    for (int o = 0; o < EACH_O; o++) {
        int out = first_out + lane * EACH_O + o, channel = group * OUTS + out;
        if (out >= OUTS) break;
        Long first = (Long(first_image + image) * GROUPS * OUTS + channel) * (CELLS1 * CELLS2);
#pragma unroll
        for (int cell = 0; cell < ROWS / POOL1 * (COLS / POOL2); cell++) {
            int cell_row = cell / (COLS / POOL2), cell_column = cell % (COLS / POOL2);
            int down = (first_row + tile_row) / POOL1 + cell_row, across = tile_column / POOL2 + cell_column;
            if (down >= CELLS1 || across >= CELLS2) continue;
            real best = 0;
            int winner = 0;
#pragma unroll
            for (int element = 0; element < POOL1 * POOL2; element++) {
                int row = cell_row * POOL1 + element / POOL2, column = cell_column * POOL2 + element % POOL2;
                int to_row = first_row + tile_row + row, to_column = tile_column + column;
                bool exists = to_row < TARGET1 && to_column < TARGET2;
                int place = to_row * TARGET2 + to_column;
                real sum = sums[o][row][column];
                if (bias && exists) sum += bias[UNTIED ? channel * (TARGET1 * TARGET2) + place : channel];
                if (element == 0 || (exists && larger(sum, best))) best = sum, winner = place;
            }
            Long place = first + down * CELLS2 + across;
            best = nonlinearity(best);
            if (winners) winners[place] = winner;
            if (!by_four) y[place] = best;
            else sums[o][cell_row][cell_column] = best;
        }
        if (!by_four) continue;
#pragma unroll
        for (int cell = 0; cell < ROWS * COLS; cell += 4) {
            int row = cell / COLS, down = first_row + tile_row + row, across = tile_column + cell % COLS;
            if (down >= TARGET1 || across >= TARGET2) continue;
            Four four;
#pragma unroll
            for (int i = 0; i < 4; i++) four.values[i] = sums[o][row][min(cell % COLS + i, COLS - 1)];
            *reinterpret_cast<Four *>(y + first + down * TARGET2 + across) = four;
        }
    }
}
