// Steps of long short-term memory. The gates stand in blocks for INGATE, FORGETGATE, CELL and OUTGATE; NONLINEARITY is
// that of the cell where it is shown. Peepholes may be null.

enum { OF_INGATE, OF_FORGETGATE, OF_CELL, OF_OUTGATE, GATES };

// `gates` are the input's share of the sums, and become their values.
extern "C" __global__ void forward(real *gates, const real *from_hidden, const real *mask, const real *hid_before,
                                   const real *cell_before, const real *to_ingate, const real *to_forgetgate,
                                   const real *to_outgate, real *hid, real *cell, real *kept, real *y, Long y_item,
                                   Long y_start) {
    Unit unit = this_unit();
    real state = hid_before[unit.place], before = cell_before[unit.place], content = before;
    real ingate = 0, forgetgate = 0, update = 0, outgate = 0, shown = 0;
    if (!is_masked(mask, unit)) {
        real sums[GATES];
        for (int gate = 0; gate < GATES; gate++) {
            Long place = in_block(unit, GATES, gate);
            sums[gate] = gates[place] + from_hidden[place];
        }
        if (to_ingate) {
            sums[OF_INGATE] += before * to_ingate[unit.number];
            sums[OF_FORGETGATE] += before * to_forgetgate[unit.number];
        }
        ingate = value_in_row(FUNCTION(INGATE), sums[OF_INGATE], unit);
        forgetgate = value_in_row(FUNCTION(FORGETGATE), sums[OF_FORGETGATE], unit);
        update = value_in_row(FUNCTION(CELL), sums[OF_CELL], unit);
        content = forgetgate * before + ingate * update;
        if (to_outgate) sums[OF_OUTGATE] += content * to_outgate[unit.number];
        outgate = value_in_row(FUNCTION(OUTGATE), sums[OF_OUTGATE], unit);
        shown = value_in_row(FUNCTION(NONLINEARITY), content, unit);
        state = outgate * shown;
    }
    WHERE_INSIDE(unit)
    gates[in_block(unit, GATES, OF_INGATE)] = ingate;
    gates[in_block(unit, GATES, OF_FORGETGATE)] = forgetgate;
    gates[in_block(unit, GATES, OF_CELL)] = update;
    gates[in_block(unit, GATES, OF_OUTGATE)] = outgate;
    kept[unit.place] = shown;
    hid[unit.place] = state;
    cell[unit.place] = content;
    if (y) y[unit.item * y_item + y_start + unit.number] = state;
}

// `hid_gradient` and `cell_gradient` become those with respect to the states before, the former without what comes
// through the sums; the gradients with respect to these take the values' place. `products` (items, 3, units) are added
// to: the gradients with respect to the peepholes.
extern "C" __global__ void backward(real *gates, real *, const real *mask, const real *, const real *cell_before,
                                    const real *, const real *cell, const real *kept, const real *to_ingate,
                                    const real *to_forgetgate, const real *to_outgate, real *hid_gradient,
                                    real *cell_gradient, real *products, const real *dy, Long y_item, Long y_start) {
    Unit unit = this_unit();
    real of_hid = hid_gradient[unit.place], of_cell = cell_gradient[unit.place];
    real of_ingate = 0, of_forgetgate = 0, of_update = 0, of_outgate = 0;
    if (dy) of_hid += dy[unit.item * y_item + y_start + unit.number];
    if (!is_masked(mask, unit)) {
        real ingate = gates[in_block(unit, GATES, OF_INGATE)];
        real forgetgate = gates[in_block(unit, GATES, OF_FORGETGATE)];
        real update = gates[in_block(unit, GATES, OF_CELL)];
        real outgate = gates[in_block(unit, GATES, OF_OUTGATE)];
        real shown = kept[unit.place], before = cell_before[unit.place];
        of_outgate = gradient_in_row(FUNCTION(OUTGATE), outgate, of_hid * shown, unit);
        of_cell += gradient_in_row(FUNCTION(NONLINEARITY), shown, of_hid * outgate, unit);
        of_hid = 0;
        if (to_outgate) of_cell += of_outgate * to_outgate[unit.number];
        of_ingate = gradient_in_row(FUNCTION(INGATE), ingate, of_cell * update, unit);
        of_forgetgate = gradient_in_row(FUNCTION(FORGETGATE), forgetgate, of_cell * before, unit);
        of_update = gradient_in_row(FUNCTION(CELL), update, of_cell * ingate, unit);
        of_cell *= forgetgate;
        if (to_ingate) {
            of_cell += of_ingate * to_ingate[unit.number] + of_forgetgate * to_forgetgate[unit.number];
            if (unit.inside) {
                products[in_block(unit, 3, 0)] += of_ingate * before;
                products[in_block(unit, 3, 1)] += of_forgetgate * before;
                products[in_block(unit, 3, 2)] += of_outgate * cell[unit.place];
            }
        }
    }
    WHERE_INSIDE(unit)
    gates[in_block(unit, GATES, OF_INGATE)] = clipped(of_ingate);
    gates[in_block(unit, GATES, OF_FORGETGATE)] = clipped(of_forgetgate);
    gates[in_block(unit, GATES, OF_CELL)] = clipped(of_update);
    gates[in_block(unit, GATES, OF_OUTGATE)] = clipped(of_outgate);
    hid_gradient[unit.place] = of_hid;
    cell_gradient[unit.place] = of_cell;
}
