// Images sampled between their pixels, at points (items, 2, POINTS) whose coordinates, x and then y, go from -1 to 1 over the
// image. It has CHANNELS of ROWS and COLUMNS; BORDER is what lies beyond.

enum { NEAREST, MIRROR, WRAP };

#define PLANE (ROWS * COLUMNS)

// The four pixels around a point, (upper, lower) of the left column and then of the right, with their weights.
struct Neighbours {
    int pixels[4];
    real weights[4];
    // How far the point is from the first.
    real right, down;
};

__device__ __forceinline__ real within(real place, real period) { return place - floor(place / period) * period; }

// The pixel at a place that may lie beyond the border. What is not a number is at the first.
__device__ __forceinline__ int pixel_at(real place, int length) {
    real last = length - 1;
    if (BORDER == MIRROR) place = fmin(within(place, last + last), within(-place, last + last));
    if (BORDER == WRAP) place = within(place, last + real(1));
    return int(fmin(fmax(place, real(0)), last));
}

// A coordinate as a distance from the first pixel.
__device__ __forceinline__ real place_of(real coordinate, int length) {
    return (coordinate + real(1)) / real(2) * real(length - 1);
}

__device__ __forceinline__ Neighbours neighbours(const real *points, Long item, int point) {
    points += item * 2 * POINTS + point;
    real x = place_of(points[0], COLUMNS), y = place_of(points[POINTS], ROWS);
    real first = floor(x), upper = floor(y);
    int x0 = pixel_at(first, COLUMNS), x1 = pixel_at(first + real(1), COLUMNS);
    int y0 = pixel_at(upper, ROWS) * COLUMNS, y1 = pixel_at(upper + real(1), ROWS) * COLUMNS;
    real right = x - first, down = y - upper, left = real(1) - right, up = real(1) - down;
    return Neighbours{{y0 + x0, y1 + x0, y0 + x1, y1 + x1},
                      {left * up, left * down, right * up, right * down},
                      right,
                      down};
}

// Parameters of the grid, moved by those that leave the image as it is.
extern "C" __global__ void add_offset(const real *parameters, const real *offset, real *sums, Long count, int length) {
    FOR_EACH(i, count) sums[i] = parameters[i] + offset[i % length];
}

extern "C" __global__ void forward(const real *image, const real *points, real *y, Long count) {
    FOR_EACH(i, count) {
        Long channel = i / POINTS;
        Neighbours around = neighbours(points, channel / CHANNELS, i % POINTS);
        const real *plane = image + channel * PLANE;
        real sum = 0;
        for (int corner = 0; corner < 4; corner++) sum += around.weights[corner] * plane[around.pixels[corner]];
        y[i] = sum;
    }
}

// With respect to the points, `count` of all items.
extern "C" __global__ void backward_to_points(const real *image, const real *points, const real *dy, real *to,
                                              Long count) {
    FOR_EACH(i, count) {
        Long item = i / POINTS;
        int point = i % POINTS;
        Neighbours around = neighbours(points, item, point);
        real left = real(1) - around.right, up = real(1) - around.down, across = 0, along = 0;
        for (int channel = 0; channel < CHANNELS; channel++) {
            const real *plane = image + (item * CHANNELS + channel) * PLANE;
            real gradient = dy[(item * CHANNELS + channel) * POINTS + point], corners[4];
            for (int corner = 0; corner < 4; corner++) corners[corner] = plane[around.pixels[corner]];
            across += gradient * (up * (corners[2] - corners[0]) + around.down * (corners[3] - corners[1]));
            along += gradient * (left * (corners[1] - corners[0]) + around.right * (corners[3] - corners[2]));
        }
        to[item * 2 * POINTS + point] = across * (real(COLUMNS - 1) / real(2));
        to[(item * 2 + 1) * POINTS + point] = along * (real(ROWS - 1) / real(2));
    }
}

// With respect to the image: a block for 256 pixels of an item, a thread for each, which adds up what the points near its
// pixel have, in their order. Points come in strips of 256; a warp's worth of them that is not near the block is left out.
extern "C" __global__ void __launch_bounds__(256)
    backward_to_image(const real *points, const real *dy, real *image) {
    __shared__ int pixels[256][4], near[8];
    __shared__ real weights[256][4];
    Long item = blockIdx.x;
    int first_pixel = blockIdx.y * 256, own = first_pixel + threadIdx.x;
    image += item * CHANNELS * PLANE;
    dy += item * CHANNELS * POINTS;
    if (own < PLANE)
        for (int channel = 0; channel < CHANNELS; channel++) image[channel * PLANE + own] = 0;
    for (int first = 0; first < POINTS; first += 256) {
        int point = first + threadIdx.x, is_near = 0;
        Neighbours around = neighbours(points, item, point < POINTS ? point : 0);
        for (int corner = 0; corner < 4; corner++) {
            int pixel = point < POINTS ? around.pixels[corner] : -1;
            pixels[threadIdx.x][corner] = pixel;
            weights[threadIdx.x][corner] = around.weights[corner];
            is_near |= pixel >= first_pixel && pixel < first_pixel + 256;
        }
        is_near = warp_sum(is_near);
        if (threadIdx.x % 32 == 0) near[threadIdx.x / 32] = is_near;
        __syncthreads();
        for (int i = 0; i < 256; i++) {
            if (!near[i / 32]) continue;
            for (int corner = 0; corner < 4; corner++) {
                if (pixels[i][corner] != own) continue;
                for (int channel = 0; channel < CHANNELS; channel++)
                    image[channel * PLANE + own] += weights[i][corner] * dy[channel * POINTS + first + i];
            }
        }
        __syncthreads();
    }
}
