// Rows of a table (numbers, LENGTH), looked up by numbers that are kept as `real`.

extern "C" __global__ void look_up(const real *numbers, const real *table, real *y, Long count) {
    FOR_EACH(i, count) y[i] = table[Long(numbers[i / LENGTH]) * LENGTH + i % LENGTH];
}

// The places of numbers are sorted by these, digit after digit from the lowest on, which leaves equal ones in their order. A
// block has a chunk of 256 places, a thread for each; there are 256 digits.

// Each thread's place, whose digit is left in `digits` for all to see, 256 beyond the last place. Before the first digit places
// are in their order.
__device__ __forceinline__ unsigned this_place(const real *numbers, const unsigned *order, int places, int shift,
                                               unsigned *digits) {
    int i = blockIdx.x * 256 + threadIdx.x;
    unsigned place = i < places && order ? order[i] : i;
    digits[threadIdx.x] = i < places ? unsigned(numbers[place]) >> shift & 255 : 256;
    __syncthreads();
    return place;
}

// How often each digit is in each chunk: (digits, chunks).
extern "C" __global__ void __launch_bounds__(256)
    count_digits(const real *numbers, const unsigned *order, unsigned *counts, int places, int shift) {
    __shared__ unsigned digits[256];
    this_place(numbers, order, places, shift, digits);
    unsigned count = 0;
    for (int i = 0; i < 256; i++) count += digits[i] == threadIdx.x;
    counts[Long(threadIdx.x) * gridDim.x + blockIdx.x] = count;
}

// Each count becomes the sum of those before it, by one block: a thread has `share` of them.
extern "C" __global__ void __launch_bounds__(256) add_counts(unsigned *counts, Long count, Long share) {
    __shared__ unsigned sums[256];
    Long first = threadIdx.x * share, end = first + share < count ? first + share : count;
    unsigned sum = 0;
    for (Long i = first; i < end; i++) sum += counts[i];
    sums[threadIdx.x] = sum;
    __syncthreads();
    sum = 0;
    for (unsigned i = 0; i < threadIdx.x; i++) sum += sums[i];
    for (Long i = first; i < end; i++) {
        unsigned own = counts[i];
        counts[i] = sum;
        sum += own;
    }
}

// Each place goes behind those with lower digits, those of earlier chunks, and the earlier ones of its chunk.
extern "C" __global__ void __launch_bounds__(256) sort_by_digit(const real *numbers, const unsigned *order,
                                                                const unsigned *counts, unsigned *sorted, int places,
                                                                int shift) {
    __shared__ unsigned digits[256];
    unsigned place = this_place(numbers, order, places, shift, digits), digit = digits[threadIdx.x];
    if (digit == 256) return;
    unsigned earlier = 0;
    for (unsigned i = 0; i < threadIdx.x; i++) earlier += digits[i] == digit;
    sorted[counts[Long(digit) * gridDim.x + blockIdx.x] + earlier] = place;
}

// A warp for each sorted place and 32 columns. Where it is the first of its number, it adds up the gradients of all places with
// that number, in order; the table's gradient is zero before.
extern "C" __global__ void look_up_back(const real *numbers, const unsigned *sorted, const real *dy, real *table,
                                        Long places) {
    const Long strips = (LENGTH + 31) / 32;
    FOR_EACH_ROW(i, places * strips) {
        Long first = i / strips;
        int column = i % strips * 32 + threadIdx.x;
        real number = numbers[sorted[first]];
        if (column >= LENGTH || (first > 0 && numbers[sorted[first - 1]] == number)) continue;
        real sum = 0;
        for (Long other = first; other < places && numbers[sorted[other]] == number; other++)
            sum += dy[Long(sorted[other]) * LENGTH + column];
        table[Long(number) * LENGTH + column] = sum;
    }
}
