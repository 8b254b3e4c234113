// Windows of SIZE0 x SIZE1 x SIZE2 elements, DILATION apart, that slide by STRIDE over images whose channels have
// IN0 x IN1 x IN2 elements and PAD around them, at OUT0 x OUT1 x OUT2 positions; see `cuda/windows.rs`.

#define PLANE (IN0 * IN1 * IN2)
#define POSITIONS (OUT0 * OUT1 * OUT2)
#define WINDOW (SIZE0 * SIZE1 * SIZE2)
#define PADDED (PAD0 + PAD1 + PAD2 > 0)

// A place along depth, rows and columns.
struct Place {
    int z, y, x;
};

// The place of an element among rows and columns of these lengths.
__device__ __forceinline__ Place place_of(int element, int height, int width) {
    return Place{element / (height * width), element / width % height, element % width};
}

// Its element again.
__device__ __forceinline__ int element_of(Place place, int height, int width) {
    return (place.z * height + place.y) * width + place.x;
}

// Whether a place lies within an image's channel.
__device__ __forceinline__ bool within_image(Place place) {
    return unsigned(place.z) < unsigned(IN0) && unsigned(place.y) < unsigned(IN1) && unsigned(place.x) < unsigned(IN2);
}

// The first element of a window, which may lie in the padding.
__device__ __forceinline__ Place first_of(Place position) {
    return Place{position.z * STRIDE0 - PAD0, position.y * STRIDE1 - PAD1, position.x * STRIDE2 - PAD2};
}

__device__ __forceinline__ Place operator+(Place a, Place b) { return Place{a.z + b.z, a.y + b.y, a.x + b.x}; }
