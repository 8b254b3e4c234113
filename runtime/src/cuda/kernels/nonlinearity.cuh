// Nonlinearities by number, with their constants: NONLINEARITY, ALPHA and BETA, see `cuda/map.rs`.

enum { LINEAR, RELU, SIGMOID, TANH, SOFTMAX, LEAKY_RELU, ELU, SCALED_ELU, SOFTPLUS, SCALED_TANH };

// The value of a sum. NaN passes through: it must reach the loss to be seen.
__device__ __forceinline__ real nonlinearity(real x) {
    switch (NONLINEARITY) {
    case RELU: return x < 0 ? real(0) : x;
    case SIGMOID: return real(1) / (real(1) + exp(-x));
    case TANH: return tanh(x);
    case LEAKY_RELU: return x > 0 ? x : real(ALPHA) * x;
    case ELU: return x > 0 ? x : expm1(x);
    case SCALED_ELU: return x > 0 ? real(ALPHA) * x : real(ALPHA) * real(BETA) * expm1(x);
    case SOFTPLUS: return (x < 0 ? real(0) : x) + log1p(exp(-fabs(x)));
    case SCALED_TANH: return real(BETA) * tanh(real(ALPHA) * x);
    default: return x;
    }
}

// The derivative at a value.
__device__ __forceinline__ real slope(real y) {
    switch (NONLINEARITY) {
    case RELU: return y > 0 ? real(1) : real(0);
    case SIGMOID: return y * (real(1) - y);
    case TANH: return real(1) - y * y;
    case LEAKY_RELU: return y > 0 ? real(1) : real(ALPHA);
    case ELU: return y > 0 ? real(1) : y + real(1);
    case SCALED_ELU: return y > 0 ? real(ALPHA) : y + real(ALPHA) * real(BETA);
    case SOFTPLUS: return -expm1(-y);
    case SCALED_TANH: return real(ALPHA) * (real(BETA) - y * y / real(BETA));
    default: return 1;
    }
}

// The derivative of `slope` by the value; 0 at kinks.
__device__ __forceinline__ real curvature(real y) {
    switch (NONLINEARITY) {
    case SIGMOID: return real(1) - 2 * y;
    case TANH: return -2 * y;
    case ELU:
    case SCALED_ELU: return y > 0 ? real(0) : real(1);
    case SOFTPLUS: return exp(-y);
    case SCALED_TANH: return real(-2 * ALPHA / BETA) * y;
    default: return 0;
    }
}

// The derivative where the sum is at hand: at a kink, the mean of those on both sides.
__device__ __forceinline__ real slope_of_sum(real x, real y) {
    real leakiness = NONLINEARITY == RELU ? real(0) : real(ALPHA);
    if ((NONLINEARITY == RELU || NONLINEARITY == LEAKY_RELU) && x == 0) return real(0.5) * (real(1) + leakiness);
    return slope(y);
}
