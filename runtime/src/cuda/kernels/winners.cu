// The values at winners: of each PLANE of values as many as there are POSITIONS. A winner is counted from the plane's first
// element, or with STEP from that of its own position, and lies DISTANCE times its number from there.

extern "C" __global__ void take(const real *values, const unsigned *winners, real *to, Long count) {
    FOR_EACH(i, count)
    to[i] = values[i / POSITIONS * PLANE + i % POSITIONS * STEP + Long(winners[i]) * DISTANCE];
}
