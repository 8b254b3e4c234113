// Which of two values wins. A NaN wins over all numbers, so that it is seen; of equal values the first stays.

__device__ __forceinline__ bool larger(real a, real b) { return a > b || (a != a && b == b); }

__device__ __forceinline__ bool smaller(real a, real b) { return a < b || (a != a && b == b); }
