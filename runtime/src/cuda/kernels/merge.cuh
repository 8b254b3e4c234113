// Elements of several inputs that meet. An input is as long as the output, or cropped, or repeated: its element for the
// output's element i lies at a sum of strides, 0 along axes where it is repeated.

// The place of an input's element for the output's element `i`.
#define PLACE(INPUT)                                                                                              \
    (INPUT##_START + strided_place(i, INPUT##_ITEM, INPUT##_STRIDE1, INPUT##_STRIDE2, INPUT##_STRIDE3,            \
                                   INPUT##_STRIDE4, INPUT##_STRIDE5))
