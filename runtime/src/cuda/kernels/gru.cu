// Steps of gated recurrent units. The gates stand in blocks for RESETGATE, UPDATEGATE and the new value, whose nonlinearity
// is NONLINEARITY. What is of the cell is not used.

enum { OF_RESETGATE, OF_UPDATEGATE, OF_UPDATE, GATES };

// `gates` are the input's share of the sums, and become their values; the hidden state's share of the new value is kept,
// as it is reset.
extern "C" __global__ void forward(real *gates, const real *from_hidden, const real *mask, const real *hid_before,
                                   const real *, const real *, const real *, const real *, real *hid, real *,
                                   real *kept, real *y, Long y_item, Long y_start) {
    Unit unit = this_unit();
    Long of_reset = in_block(unit, GATES, OF_RESETGATE), of_share = in_block(unit, GATES, OF_UPDATEGATE);
    Long of_update = in_block(unit, GATES, OF_UPDATE);
    real state = hid_before[unit.place], product = from_hidden[of_update], reset = 0, share = 0, update = 0;
    if (!is_masked(mask, unit)) {
        reset = value_in_row(FUNCTION(RESETGATE), gates[of_reset] + from_hidden[of_reset], unit);
        share = value_in_row(FUNCTION(UPDATEGATE), gates[of_share] + from_hidden[of_share], unit);
        update = value_in_row(FUNCTION(NONLINEARITY), gates[of_update] + reset * product, unit);
        state = (real(1) - share) * state + share * update;
    }
    WHERE_INSIDE(unit)
    gates[of_reset] = reset;
    gates[of_share] = share;
    gates[of_update] = update;
    kept[unit.place] = product;
    hid[unit.place] = state;
    if (y) y[unit.item * y_item + y_start + unit.number] = state;
}

// `hid_gradient` becomes that with respect to the state before, without what comes through the sums; the gradients with
// respect to the input's share of these take the values' place, and those with respect to the hidden state's share are
// `of_hidden`.
extern "C" __global__ void backward(real *gates, real *of_hidden, const real *mask, const real *hid_before,
                                    const real *, const real *, const real *, const real *kept, const real *,
                                    const real *, const real *, real *hid_gradient, real *, real *, const real *dy,
                                    Long y_item, Long y_start) {
    Unit unit = this_unit();
    Long of_reset = in_block(unit, GATES, OF_RESETGATE), of_share = in_block(unit, GATES, OF_UPDATEGATE);
    Long of_update = in_block(unit, GATES, OF_UPDATE);
    real of_hid = hid_gradient[unit.place], reset = 0;
    real gradients[GATES] = {};
    if (dy) of_hid += dy[unit.item * y_item + y_start + unit.number];
    if (!is_masked(mask, unit)) {
        real share = gates[of_share], update = gates[of_update];
        reset = gates[of_reset];
        real gradient = of_hid * (update - hid_before[unit.place]);
        // Clipped on its way into the reset gate, too.
        real of_new = clipped(gradient_in_row(FUNCTION(NONLINEARITY), update, of_hid * share, unit));
        gradients[OF_RESETGATE] =
            clipped(gradient_in_row(FUNCTION(RESETGATE), reset, of_new * kept[unit.place], unit));
        gradients[OF_UPDATEGATE] = clipped(gradient_in_row(FUNCTION(UPDATEGATE), share, gradient, unit));
        gradients[OF_UPDATE] = of_new;
        of_hid *= real(1) - share;
    }
    WHERE_INSIDE(unit)
    gates[of_reset] = of_hidden[of_reset] = gradients[OF_RESETGATE];
    gates[of_share] = of_hidden[of_share] = gradients[OF_UPDATEGATE];
    gates[of_update] = gradients[OF_UPDATE];
    of_hidden[of_update] = clipped(gradients[OF_UPDATE] * reset);
    hid_gradient[unit.place] = of_hid;
}
