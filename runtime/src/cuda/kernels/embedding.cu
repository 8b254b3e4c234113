// Rows of a table (numbers, LENGTH), looked up by numbers that are kept as `real`.

extern "C" __global__ void look_up(const real *numbers, const real *table, real *y, Long count) {
    FOR_EACH(i, count) y[i] = table[Long(numbers[i / LENGTH]) * LENGTH + i % LENGTH];
}

// A warp for each place. Where it is the first of its number, it adds up the gradients of all places with that number,
// in order; the table's gradient is zero before.
extern "C" __global__ void look_up_back(const real *numbers, const real *dy, real *table, Long places) {
    FOR_EACH_ROW(place, places) {
        real number = numbers[place];
        int earlier = 0;
        for (Long other = threadIdx.x; other < place; other += 32) earlier += numbers[other] == number;
        if (warp_sum(earlier)) continue;
        real *row = table + Long(number) * LENGTH;
        for (int first = 0; first < LENGTH; first += 32) {
            int column = first + threadIdx.x;
            real sum = 0;
            for (Long other = place; other < places; other++)
                if (column < LENGTH && numbers[other] == number) sum += dy[other * LENGTH + column];
            if (column < LENGTH) row[column] = sum;
        }
    }
}
