// Elements that share something along axes: a random number, a parameter, a mean. An element's place among what is
// shared is its index times strides, which are 0 along the shared axes; see `cuda/sharing.rs`. AXIS1 to AXIS5 are the
// lengths of an item's axes, the batch axis being axis 0.

__device__ __forceinline__ Long shared_place(Long i) {
    Long place = i % AXIS5 * STRIDE5;
    i /= AXIS5;
    place += i % AXIS4 * STRIDE4;
    i /= AXIS4;
    place += i % AXIS3 * STRIDE3;
    i /= AXIS3;
    place += i % AXIS2 * STRIDE2;
    i /= AXIS2;
    place += i % AXIS1 * STRIDE1;
    return place + i / AXIS1 * STRIDE0;
}
