// What a tap of a filter adds to its window's first element; with FLIP the taps go backwards over the window.
__device__ __forceinline__ Place tap_of(int tap) {
    Place place = place_of(FLIP ? WINDOW - 1 - tap : tap, SIZE1, SIZE2);
    return Place{place.z * DILATION0, place.y * DILATION1, place.x * DILATION2};
}
