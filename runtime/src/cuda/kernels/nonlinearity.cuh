// Nonlinearities by number, with their constants, see `cuda/map.rs`.

enum { LINEAR, RELU, SIGMOID, TANH, SOFTMAX, LEAKY_RELU, ELU, SCALED_ELU, SOFTPLUS, SCALED_TANH };

// The number of a nonlinearity and its constants, as arguments of the functions below.
#define FUNCTION(name) name, real(name##_ALPHA), real(name##_BETA)

// The value of a sum. NaN passes through: it must reach the loss to be seen.
__device__ __forceinline__ real value_of(int function, real alpha, real beta, real x) {
    switch (function) {
    case RELU: return x < 0 ? real(0) : x;
    case SIGMOID: return real(1) / (real(1) + exp(-x));
    case TANH: return tanh(x);
    case LEAKY_RELU: return x > 0 ? x : alpha * x;
    case ELU: return x > 0 ? x : expm1(x);
    case SCALED_ELU: return x > 0 ? alpha * x : alpha * beta * expm1(x);
    case SOFTPLUS: return (x < 0 ? real(0) : x) + log1p(exp(-fabs(x)));
    case SCALED_TANH: return beta * tanh(alpha * x);
    default: return x;
    }
}

// The derivative at a value.
__device__ __forceinline__ real slope_at(int function, real alpha, real beta, real y) {
    switch (function) {
    case RELU: return y > 0 ? real(1) : real(0);
    case SIGMOID: return y * (real(1) - y);
    case TANH: return real(1) - y * y;
    case LEAKY_RELU: return y > 0 ? real(1) : alpha;
    case ELU: return y > 0 ? real(1) : y + real(1);
    case SCALED_ELU: return y > 0 ? alpha : y + alpha * beta;
    case SOFTPLUS: return -expm1(-y);
    case SCALED_TANH: return alpha * (beta - y * y / beta);
    default: return 1;
    }
}

// The same of the program's own one.
__device__ __forceinline__ real nonlinearity(real x) { return value_of(FUNCTION(NONLINEARITY), x); }
__device__ __forceinline__ real slope(real y) { return slope_at(FUNCTION(NONLINEARITY), y); }

// The derivative of `slope` by the value; 0 at kinks.
__device__ __forceinline__ real curvature(real y) {
    switch (NONLINEARITY) {
    case SIGMOID: return real(1) - 2 * y;
    case TANH: return -2 * y;
    case ELU:
    case SCALED_ELU: return y > 0 ? real(0) : real(1);
    case SOFTPLUS: return exp(-y);
    case SCALED_TANH: return real(-2 * NONLINEARITY_ALPHA / NONLINEARITY_BETA) * y;
    default: return 0;
    }
}

// The derivative where the sum is at hand: at a kink, the mean of those on both sides.
__device__ __forceinline__ real slope_of_sum(real x, real y) {
    real leakiness = NONLINEARITY == RELU ? real(0) : real(NONLINEARITY_ALPHA);
    if ((NONLINEARITY == RELU || NONLINEARITY == LEAKY_RELU) && x == 0) return real(0.5) * (real(1) + leakiness);
    return slope(y);
}
