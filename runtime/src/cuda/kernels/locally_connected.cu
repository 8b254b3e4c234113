// Windows with weights of their own: those of a filter, channel and tap are (positions). A filter sees all CHANNELS, or
// with CHANNELWISE that of its number alone. Each weight is used once for each image, so the limit is the memory that
// weights are read from: a thread reads each for IMAGES images.

#define IMAGES 4
#define SEEN (CHANNELWISE ? 1 : CHANNELS)

// The place of the first weight of a filter, seen channel and tap.
__device__ __forceinline__ Long weights_of(int filter, int seen, int tap) {
    return ((Long(filter) * SEEN + seen) * WINDOW + tap) * POSITIONS;
}

// A loop over the images that blocks along y share, IMAGES at a time.
#define FOR_IMAGES(first, batch)                                                                                  \
    for (int first = blockIdx.y * IMAGES; first < (batch); first += gridDim.y * IMAGES)

extern "C" __global__ void locally_connect(const real *w, const real *bias, const real *x, real *y, int batch) {
    FOR_IMAGES(first, batch) FOR_EACH(i, Long(FILTERS) * POSITIONS) {
        int filter = i / POSITIONS, position = i % POSITIONS;
        Place start = first_of(place_of(position, OUT1, OUT2));
        real sums[IMAGES] = {};
        for (int seen = 0; seen < SEEN; seen++)
            for (int tap = 0; tap < WINDOW; tap++) {
                Place covered = start + tap_of(tap);
                if (!within_image(covered)) continue;
                real weight = w[weights_of(filter, seen, tap) + position];
                int channel = CHANNELWISE ? filter : seen;
                for (int n = 0; n < IMAGES && first + n < batch; n++)
                    sums[n] += weight * x[(Long(first + n) * CHANNELS + channel) * PLANE +
                                          element_of(covered, IN1, IN2)];
            }
        for (int n = 0; n < IMAGES && first + n < batch; n++) {
            real sum = sums[n];
            if (bias) sum += bias[UNTIED ? i : Long(filter)];
            y[Long(first + n) * FILTERS * POSITIONS + i] = nonlinearity(sum);
        }
    }
}

extern "C" __global__ void locally_connect_back(const real *w, const real *gradient, real *x, int batch) {
    FOR_IMAGES(first, batch) FOR_EACH(i, Long(CHANNELS) * PLANE) {
        int channel = i / PLANE;
        Place padded = place_of(i % PLANE, IN1, IN2) + Place{PAD0, PAD1, PAD2};
        real sums[IMAGES] = {};
        for (int other = 0; other < (CHANNELWISE ? 1 : FILTERS); other++)
            for (int tap = 0; tap < WINDOW; tap++) {
                int filter = CHANNELWISE ? channel : other;
                Place offset = tap_of(tap);
                Place position = {padded.z - offset.z, padded.y - offset.y, padded.x - offset.x};
                if (unsigned(position.z) >= OUT0 || unsigned(position.y) >= OUT1 || unsigned(position.x) >= OUT2) continue;
                int element = element_of(position, OUT1, OUT2);
                real weight = w[weights_of(filter, CHANNELWISE ? 0 : channel, tap) + element];
                for (int n = 0; n < IMAGES && first + n < batch; n++)
                    sums[n] += weight * gradient[(Long(first + n) * FILTERS + filter) * POSITIONS + element];
            }
        for (int n = 0; n < IMAGES && first + n < batch; n++) x[Long(first + n) * CHANNELS * PLANE + i] = sums[n];
    }
}

extern "C" __global__ void weight_gradients(const real *x, const real *gradient, real *w, int batch) {
    FOR_EACH(i, Long(FILTERS) * SEEN * WINDOW * POSITIONS) {
        int position = i % POSITIONS, tap = i / POSITIONS % WINDOW, filter = i / POSITIONS / WINDOW / SEEN;
        int channel = CHANNELWISE ? filter : int(i / POSITIONS / WINDOW % SEEN);
        Place covered = first_of(place_of(position, OUT1, OUT2)) + tap_of(tap);
        real sum = 0;
        if (within_image(covered))
            for (int image = 0; image < batch; image++)
                sum += gradient[(Long(image) * FILTERS + filter) * POSITIONS + position] *
                       x[(Long(image) * CHANNELS + channel) * PLANE + element_of(covered, IN1, IN2)];
        w[i] = sum;
    }
}
