// Groups of MEMBERS values that lie INNER apart, and what they are reduced to. One pass; the limit is memory.

__device__ __forceinline__ Long first_of(Long group) { return group / INNER * MEMBERS * INNER + group % INNER; }

__device__ __forceinline__ Long group_of(Long element) { return element / INNER / MEMBERS * INNER + element % INNER; }

__device__ __forceinline__ unsigned member_of(Long element) { return element / INNER % MEMBERS; }

__device__ __forceinline__ bool wins(real a, real b) { return SMALLEST ? smaller(a, b) : larger(a, b); }

// The member that wins over all others, the first where none wins over the other.
__device__ __forceinline__ unsigned winner_of(const real *first) {
    unsigned winner = 0;
    for (unsigned member = 1; member < MEMBERS; member++)
        if (wins(first[Long(member) * INNER], first[Long(winner) * INNER])) winner = member;
    return winner;
}

// `winners` may be null.
extern "C" __global__ void pick(const real *x, real *y, unsigned *winners, Long groups) {
    FOR_EACH(group, groups) {
        const real *first = x + first_of(group);
        unsigned winner = winner_of(first);
        y[group] = first[Long(winner) * INNER];
        if (winners) winners[group] = winner;
    }
}

// The same for groups whose members lie side by side: a warp for each.
extern "C" __global__ void pick_lines(const real *x, real *y, unsigned *winners, Long groups) {
    FOR_EACH_ROW(group, groups) {
        const real *first = x + group * MEMBERS;
        unsigned winner = threadIdx.x < MEMBERS ? threadIdx.x : 0;
        for (unsigned member = winner + 32; member < MEMBERS; member += 32)
            if (wins(first[member], first[winner])) winner = member;
        for (int mask = 16; mask; mask /= 2) {
            unsigned other = __shfl_xor_sync(ALL_LANES, winner, mask);
            bool equal = !wins(first[winner], first[other]);
            if (wins(first[other], first[winner]) || (equal && other < winner)) winner = other;
        }
        if (threadIdx.x == 0) {
            y[group] = first[winner];
            if (winners) winners[group] = winner;
        }
    }
}

extern "C" __global__ void sum(const real *x, real *y, Long groups) {
    FOR_EACH(group, groups) {
        const real *first = x + first_of(group);
        real sum = 0;
        for (unsigned member = 0; member < MEMBERS; member++) sum += first[Long(member) * INNER];
        y[group] = sum * real(SCALE);
    }
}

extern "C" __global__ void sum_lines(const real *x, real *y, Long groups) {
    FOR_EACH_ROW(group, groups) {
        real sum = 0;
        for (unsigned member = threadIdx.x; member < MEMBERS; member += 32) sum += x[group * MEMBERS + member];
        sum = warp_sum(sum);
        if (threadIdx.x == 0) y[group] = sum * real(SCALE);
    }
}

extern "C" __global__ void give_to_winners(const real *values, const unsigned *winners, real *to, Long count) {
    FOR_EACH(i, count) {
        Long group = group_of(i);
        to[i] = winners[group] == member_of(i) ? values[group] : real(0);
    }
}

extern "C" __global__ void give_to_all(const real *values, real *to, Long count) {
    FOR_EACH(i, count) to[i] = values[group_of(i)] * real(SCALE);
}

// Keeps each group's winner, and sets all others to zero. `winners` may be null.
extern "C" __global__ void pick_and_keep(const real *x, real *y, unsigned *winners, Long groups) {
    FOR_EACH(group, groups) {
        Long first = first_of(group);
        unsigned winner = winner_of(x + first);
        for (unsigned member = 0; member < MEMBERS; member++) {
            Long place = first + Long(member) * INNER;
            y[place] = member == winner ? x[place] : real(0);
        }
        if (winners) winners[group] = winner;
    }
}

extern "C" __global__ void keep(const real *from, const unsigned *winners, real *to, Long count) {
    FOR_EACH(i, count) to[i] = winners[group_of(i)] == member_of(i) ? from[i] : real(0);
}
