// What CUDA C has and C++ has not, for kernels that run on the processor: one block after the other, and the threads of
// a block in turn, each on a stack of its own, from one barrier to the next.

#include <math.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__
#define __launch_bounds__(...)
#define __shared__ static thread_local
#define EMULATED 1

using std::max;
using std::min;

struct Index {
    unsigned x, y, z;
};

namespace emulator {

enum State { READY, AT_WARP, AT_BLOCK, DONE };

const unsigned WARP = 32, MOST_THREADS = 1024;
const size_t STACK = 64 << 10;

struct Fibre {
    ucontext_t start;
    jmp_buf resume;
    Index index;
    State state;
    bool started;
    char exchange[8];
};

typedef void (*Body)(void **);

struct Machine {
    Index block, blocks, threads;
    unsigned count, current;
    Body body;
    void **arguments;
    jmp_buf scheduler;
    Fibre *fibres;
    char *stacks;

    ~Machine() {
        free(fibres);
        free(stacks);
    }
};

static thread_local Machine machine;

static void wait(State state) {
    Fibre &fibre = machine.fibres[machine.current];
    fibre.state = state;
    if (!_setjmp(fibre.resume)) _longjmp(machine.scheduler, 1);
}

static void enter() {
    machine.body(machine.arguments);
    machine.fibres[machine.current].state = DONE;
    _longjmp(machine.scheduler, 1);
}

// Runs the current fibre until it waits or is done.
static void resume() {
    Fibre &fibre = machine.fibres[machine.current];
    if (_setjmp(machine.scheduler)) return;
    if (fibre.started) _longjmp(fibre.resume, 1);
    fibre.started = true;
    getcontext(&fibre.start);
    fibre.start.uc_stack.ss_sp = machine.stacks + machine.current * STACK;
    fibre.start.uc_stack.ss_size = STACK;
    fibre.start.uc_link = nullptr;
    makecontext(&fibre.start, enter, 0);
    setcontext(&fibre.start);
}

// Lets fibres from..to go on if each waits there. False if some wait and others never come.
static bool release(State state, unsigned from, unsigned to) {
    unsigned waiting = 0, done = 0;
    for (unsigned i = from; i < to; i++) {
        waiting += machine.fibres[i].state == state;
        done += machine.fibres[i].state == DONE;
    }
    if (waiting && done) return false;
    if (waiting == to - from)
        for (unsigned i = from; i < to; i++) machine.fibres[i].state = READY;
    return true;
}

// Every other block runs its threads from the last to the first, so that results which depend on their order show.
static bool run_block(bool reversed) {
    unsigned done = 0;
    for (unsigned i = 0; i < machine.count; i++) machine.fibres[i].started = false, machine.fibres[i].state = READY;
    while (done < machine.count) {
        bool moved = false;
        for (unsigned i = 0; i < machine.count; i++) {
            machine.current = reversed ? machine.count - 1 - i : i;
            if (machine.fibres[machine.current].state != READY) continue;
            resume();
            moved = true;
            done += machine.fibres[machine.current].state == DONE;
        }
        for (unsigned first = 0; first < machine.count; first += WARP)
            if (!release(AT_WARP, first, min(first + WARP, machine.count))) return false;
        if (!release(AT_BLOCK, 0, machine.count)) return false;
        if (!moved && done < machine.count) {
            bool ready = false;
            for (unsigned i = 0; i < machine.count; i++) ready |= machine.fibres[i].state == READY;
            if (!ready) return false;
        }
    }
    return true;
}

template <typename T> static T exchange(T value, unsigned lane, bool inside) {
    unsigned self = machine.current, source = self / WARP * WARP + lane;
    memcpy(machine.fibres[self].exchange, &value, sizeof value);
    wait(AT_WARP);
    if (inside && source < machine.count) memcpy(&value, machine.fibres[source].exchange, sizeof value);
    wait(AT_WARP);
    return value;
}

static unsigned lane() { return machine.current % WARP; }

template <typename T> constexpr unsigned kind() {
    if (std::is_pointer<T>::value) return 0;
    if (std::is_same<T, int>::value) return 1;
    if (std::is_same<T, unsigned>::value) return 2;
    if (std::is_same<T, unsigned long long>::value) return 3;
    if (std::is_same<T, double>::value) return 4;
    return 5;
}

template <typename... A, size_t... I>
static void call(void (*kernel)(A...), void **arguments, std::index_sequence<I...>) {
    kernel(*static_cast<typename std::remove_const<A>::type *>(arguments[I])...);
}

template <typename... A> static void call(void (*kernel)(A...), void **arguments) {
    call(kernel, arguments, std::index_sequence_for<A...>());
}

template <typename... A> static bool fits(void (*)(A...), const unsigned *kinds, unsigned count) {
    const unsigned expected[] = {kind<typename std::remove_const<A>::type>()..., 0};
    return count == sizeof...(A) && std::equal(kinds, kinds + count, expected);
}

// 0 if all went well, 1 if threads waited at a barrier that others never reached.
static int launch(Body body, const unsigned *grid, void **arguments, bool waits) {
    machine.blocks = {grid[0], grid[1], 1};
    machine.threads = {grid[2], grid[3], 1};
    machine.count = grid[2] * grid[3];
    machine.body = body;
    machine.arguments = arguments;
    if (!machine.fibres) machine.fibres = static_cast<Fibre *>(calloc(MOST_THREADS, sizeof(Fibre)));
    if (waits && !machine.stacks) machine.stacks = static_cast<char *>(malloc(MOST_THREADS * STACK));
    for (unsigned i = 0; i < machine.count; i++)
        machine.fibres[i].index = {i % grid[2], i / grid[2], 0};
    for (unsigned y = 0; y < grid[1]; y++)
        for (unsigned x = 0; x < grid[0]; x++) {
            machine.block = {x, y, 0};
            bool reversed = (x + y) % 2;
            if (waits) {
                if (!run_block(reversed)) return 1;
                continue;
            }
            for (unsigned i = 0; i < machine.count; i++) {
                machine.current = reversed ? machine.count - 1 - i : i;
                body(arguments);
            }
        }
    return 0;
}

} // namespace emulator

#define threadIdx (emulator::machine.fibres[emulator::machine.current].index)
#define blockIdx (emulator::machine.block)
#define blockDim (emulator::machine.threads)
#define gridDim (emulator::machine.blocks)

static void __syncthreads() { emulator::wait(emulator::AT_BLOCK); }
static void __syncwarp(unsigned = ~0u) { emulator::wait(emulator::AT_WARP); }
template <typename T> static T __shfl_sync(unsigned, T value, int lane) {
    return emulator::exchange(value, lane, true);
}
template <typename T> static T __shfl_xor_sync(unsigned, T value, int mask) {
    return emulator::exchange(value, emulator::lane() ^ mask, true);
}
template <typename T> static T __shfl_down_sync(unsigned, T value, unsigned delta) {
    return emulator::exchange(value, emulator::lane() + delta, emulator::lane() + delta < emulator::WARP);
}
template <typename T> static T __shfl_up_sync(unsigned, T value, unsigned delta) {
    return emulator::exchange(value, emulator::lane() - delta, emulator::lane() >= delta);
}
template <typename T, typename U> static T atomicAdd(T *place, U value) {
    T before = *place;
    *place += value;
    return before;
}
template <typename T, typename U> static T atomicMax(T *place, U value) {
    T before = *place;
    *place = max(before, static_cast<T>(value));
    return before;
}

// The entry of one kernel: 2 if the arguments are not the kernel's.
#define EMULATE(kernel, waits)                                                                                    \
    static void body_of_##kernel(void **arguments) { emulator::call(kernel, arguments); }                         \
    extern "C" int emulate_##kernel(const unsigned *grid, void **arguments, const unsigned *kinds, unsigned count) { \
        if (!emulator::fits(kernel, kinds, count)) return 2;                                                      \
        return emulator::launch(body_of_##kernel, grid, arguments, waits);                                        \
    }
