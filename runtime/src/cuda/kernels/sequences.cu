// How sequences lie within recurrent layers: (step, batch, features), and the weights of GATES gates side by side, in blocks of
// UNITS columns.

// From (batch, time, features).
extern "C" __global__ void to_steps(const real *x, real *steps, Long count, int batch, int time, int features,
                                    int backwards) {
    FOR_EACH(i, count) {
        Long row = i / features, item = row % batch, step = row / batch;
        Long position = backwards ? time - 1 - step : step;
        steps[i] = x[(item * time + position) * features + i % features];
    }
}

// The same back.
extern "C" __global__ void to_time(const real *steps, real *x, Long count, int batch, int time, int features,
                                   int backwards) {
    FOR_EACH(i, count) {
        Long row = i / features, item = row / time, position = row % time;
        Long step = backwards ? time - 1 - position : position;
        x[i] = steps[(step * batch + item) * features + i % features];
    }
}

// A null matrix counts as zeros.
extern "C" __global__ void stack(const real *first, const real *second, const real *third, const real *fourth,
                                 real *stacked, Long count) {
    FOR_EACH(i, count) {
        Long gate = i / UNITS % GATES, place = i / UNITS / GATES * UNITS + i % UNITS;
        const real *matrix = gate == 0 ? first : gate == 1 ? second : gate == 2 ? third : fourth;
        stacked[i] = matrix ? matrix[place] : real(0);
    }
}

// The same back; nothing is written into a null one.
extern "C" __global__ void unstack(const real *stacked, real *first, real *second, real *third, real *fourth,
                                   Long count) {
    FOR_EACH(i, count) {
        Long gate = i / UNITS % GATES, place = i / UNITS / GATES * UNITS + i % UNITS;
        real *matrix = gate == 0 ? first : gate == 1 ? second : gate == 2 ? third : fourth;
        if (matrix) matrix[place] = stacked[i];
    }
}

// The same row for all items of a batch.
extern "C" __global__ void repeat(const real *row, real *rows, Long count, int length) {
    FOR_EACH(i, count) rows[i] = row[i % length];
}
