// One step of a rule of update. The text before this one defines STATES, the number of its states, and the statements
// BEGIN and CHANGE; see `updates/cuda.rs`.

extern "C" __global__ void next_update(Step *step) {
    step->update += 1;
    const double *setting = step->settings;
    double *derived = step->derived;
    const double t = double(step->update);
    BEGIN
}

extern "C" __global__ void update(const Step *step, real *values, const real *gradients, real *state0, real *state1,
                                  real *state2, real *state3, Long count) {
    // After a loss that is no finite number, parameters stay as they were.
    if (step->failed || !isfinite(step->loss)) return;
    real setting[8], derived[8];
    for (int i = 0; i < 8; i++) setting[i] = real(step->settings[i]), derived[i] = real(step->derived[i]);
    FOR_EACH(i, count) {
        real value = values[i], change = gradients[i], state[4];
        if (STATES > 0) state[0] = state0[i];
        if (STATES > 1) state[1] = state1[i];
        if (STATES > 2) state[2] = state2[i];
        if (STATES > 3) state[3] = state3[i];
        CHANGE
        if (STATES > 0) state0[i] = state[0];
        if (STATES > 1) state1[i] = state[1];
        if (STATES > 2) state2[i] = state[2];
        if (STATES > 3) state3[i] = state[3];
        values[i] = value + change;
    }
}
