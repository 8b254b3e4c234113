// Copies items of packed elements between two arrays, in each of which they lie at regular distances. A thread next to
// another has the next packed element.
extern "C" __global__ void copy(const real *from, real *to, Long count) {
    FOR_EACH(packed, count) {
        Long i = packed, source = 0, target = 0;
#define ALONG(LENGTH, FROM, TO)                                                                                   \
    {                                                                                                             \
        Long place = i % LENGTH;                                                                                  \
        i /= LENGTH;                                                                                              \
        source += place * FROM;                                                                                   \
        target += place * TO;                                                                                     \
    }
        ALONG(LENGTH5, FROM5, TO5)
        ALONG(LENGTH4, FROM4, TO4)
        ALONG(LENGTH3, FROM3, TO3)
        ALONG(LENGTH2, FROM2, TO2)
        ALONG(LENGTH1, FROM1, TO1)
#undef ALONG
        to[i * TO_ITEM + TO_START + target] = from[i * FROM_ITEM + FROM_START + source];
    }
}

extern "C" __global__ void fill(real *values, double value, Long count) {
    FOR_EACH(i, count) values[i] = real(value);
}
