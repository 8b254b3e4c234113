// Items with axes of AXIS1 to AXIS5 elements, the batch axis being axis 0; see `cuda/axes.rs`.

// Where what belongs to the element `i` lies: at a sum of strides, one for each axis, 0 along those where it stays the same.
// A negative stride wraps around, as the sum does.
__device__ __forceinline__ Long strided_place(Long i, Long stride0, Long stride1, Long stride2, Long stride3,
                                              Long stride4, Long stride5) {
    Long place = i % AXIS5 * stride5;
    i /= AXIS5;
    place += i % AXIS4 * stride4;
    i /= AXIS4;
    place += i % AXIS3 * stride3;
    i /= AXIS3;
    place += i % AXIS2 * stride2;
    i /= AXIS2;
    return place + i % AXIS1 * stride1 + i / AXIS1 * stride0;
}
