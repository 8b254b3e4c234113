// What objectives share. Each has one kernel, `evaluate`, with the same arguments: targets are `classes`, or else a value
// for each prediction; `weights` and `gradient` may be null; losses are left to be added up, times `share`.

// No less than the smallest positive normal number; NaN stays.
__device__ __forceinline__ real positive(real value) {
    real least = REAL_IS_FLOAT ? real(1.1754943508222875e-38) : real(2.2250738585072014e-308);
    return value < least ? least : value;
}

// Whether a value is not below 0 or above 1 by more than rounding; NaN is not.
__device__ __forceinline__ bool is_probability(real value) {
    return !(value < real(-1e-3) || value > real(1.001));
}

// What is to be a probability: NaN, which stops the training, where it is none.
__device__ __forceinline__ real probability(real value) {
    return is_probability(value) ? value : log(real(-1));
}
