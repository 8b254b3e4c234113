// From step to step.

extern "C" __global__ void next_draw(Step *step) { step->draw += 1; }

extern "C" __global__ void set_draw(Step *step, Long seed, Long draw) {
    step->seed = seed;
    step->draw = draw;
}

// Adds up the losses of items, each times `weight`, in an order that is always the same.
extern "C" __global__ void add_loss(Step *step, const double *losses, Long count, double weight) {
    double sum = 0;
    for (Long i = threadIdx.x; i < count; i += blockDim.x) sum += losses[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) step->loss += weight * sum;
}

// At the first minibatch of an epoch, or after it: no loss, and none that failed.
extern "C" __global__ void clear(Step *step) {
    step->loss = 0;
    step->failed = 0;
    step->first = 0;
    step->batches = 0;
}

extern "C" __global__ void begin_part(Step *step) { step->first = 0; }

// Writes the loss of a minibatch down. One that is no finite number stops all further updates.
extern "C" __global__ void end_step(Step *step, double *losses, int batch) {
    losses[step->batches] = step->loss;
    if (!isfinite(step->loss)) step->failed = 1;
    step->loss = 0;
    step->first += batch;
    step->batches += 1;
}

// The examples of the next minibatch, of `row` words each, in the order of the epoch: a block for each example.
extern "C" __global__ void gather(const Step *step, const unsigned *order, const unsigned *examples, unsigned *to,
                                  Long row) {
    const unsigned *from = examples + Long(order[step->first + blockIdx.x]) * row;
    to += Long(blockIdx.x) * row;
    for (Long i = threadIdx.x; i < row; i += blockDim.x) to[i] = from[i];
}
