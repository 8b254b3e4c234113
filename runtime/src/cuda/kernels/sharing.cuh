// Elements that share something along axes: a random number, a parameter, a mean. An element's place among what is
// shared is its index times strides, which are 0 along the shared axes; see `cuda/sharing.rs`.

__device__ __forceinline__ Long shared_place(Long i) {
    return strided_place(i, STRIDE0, STRIDE1, STRIDE2, STRIDE3, STRIDE4, STRIDE5);
}

// The place of an element among those that share a value: the values are counted along the axes that do not share, the
// elements along those that do.
__device__ __forceinline__ Long element_of(Long value, Long element) {
    Long place = 0, distance = 1;
#define ALONG(AXIS, STRIDE)                                                                                       \
    {                                                                                                             \
        Long &number = STRIDE ? value : element;                                                                  \
        place += number % AXIS * distance;                                                                        \
        number /= AXIS;                                                                                           \
        distance *= AXIS;                                                                                         \
    }
    ALONG(AXIS5, STRIDE5)
    ALONG(AXIS4, STRIDE4)
    ALONG(AXIS3, STRIDE3)
    ALONG(AXIS2, STRIDE2)
    ALONG(AXIS1, STRIDE1)
#undef ALONG
    return place + (STRIDE0 ? value : element) * distance;
}
