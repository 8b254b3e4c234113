// Steps of plain recurrent layers: h = nonlinearity(sums). What is of the cell is not used.

// `sums` are the input's share, and become all of it.
extern "C" __global__ void forward(real *sums, const real *from_hidden, const real *mask, const real *hid_before,
                                   const real *, const real *, const real *, const real *, real *hid, real *, real *,
                                   real *y, Long y_item, Long y_start) {
    Unit unit = this_unit();
    real state = hid_before[unit.place], sum = 0;
    if (!is_masked(mask, unit)) {
        sum = sums[unit.place] + from_hidden[unit.place];
        state = value_in_row(FUNCTION(NONLINEARITY), sum, unit);
    }
    WHERE_INSIDE(unit)
    sums[unit.place] = sum;
    hid[unit.place] = state;
    if (y) y[unit.item * y_item + y_start + unit.number] = state;
}

// `hid_gradient` becomes that with respect to the state before, without what comes through the sums; the gradient with
// respect to these takes their place, and is also written to `of_hidden` where that is not null.
extern "C" __global__ void backward(real *sums, real *of_hidden, const real *mask, const real *, const real *,
                                    const real *hid, const real *, const real *, const real *, const real *,
                                    const real *, real *hid_gradient, real *, real *, const real *dy, Long y_item,
                                    Long y_start) {
    Unit unit = this_unit();
    real of_hid = hid_gradient[unit.place], of_sum = 0;
    if (dy) of_hid += dy[unit.item * y_item + y_start + unit.number];
    if (!is_masked(mask, unit)) {
        of_sum = NONLINEARITY == SOFTMAX ? gradient_in_row(FUNCTION(NONLINEARITY), hid[unit.place], of_hid, unit)
                                         : of_hid * slope_of_sum(sums[unit.place], hid[unit.place]);
        of_sum = clipped(of_sum);
        of_hid = 0;
    }
    WHERE_INSIDE(unit)
    sums[unit.place] = of_sum;
    if (of_hidden) of_hidden[unit.place] = of_sum;
    hid_gradient[unit.place] = of_hid;
}
