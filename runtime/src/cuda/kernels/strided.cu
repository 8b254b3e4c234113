// Copies packed elements (items, axes) between two arrays, in each of which they lie at regular distances. A thread next to
// another has the next packed element.
extern "C" __global__ void copy(const real *from, real *to, Long count) {
    FOR_EACH(i, count) {
        Long source = FROM_START + strided_place(i, FROM_ITEM, FROM1, FROM2, FROM3, FROM4, FROM5);
        to[TO_START + strided_place(i, TO_ITEM, TO1, TO2, TO3, TO4, TO5)] = from[source];
    }
}
