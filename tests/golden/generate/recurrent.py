"""Recurrent layers of Lasagne 0.2 in Theano's `scan`."""

import theano
import theano.tensor as T

from layers import NONLINEARITIES


def clipped(x, limit):
    return theano.gradient.grad_clip(x, -limit, limit) if limit else x


def run(x, starts, step, mask, backwards, gradient_steps, final, non_sequences):
    """The last of the states after each step, as (batch, time, ...); the step takes an input and the states."""
    x = x.dimshuffle(1, 0, *range(2, x.ndim))

    def masked(x_n, mask_n, *rest):
        previous, new = rest[:len(starts)], step(x_n, *rest)
        return [T.switch(mask_n.reshape((-1,) + (1,) * (old.ndim - 1), ndim=old.ndim), now, old)
                if old.ndim > 2 else T.switch(mask_n.dimshuffle(0, "x"), now, old)
                for now, old in zip(new, previous)]

    states, _ = theano.scan(
        fn=step if mask is None else masked,
        sequences=[x] if mask is None else [x, mask.dimshuffle(1, 0)],
        outputs_info=starts, non_sequences=non_sequences, go_backwards=backwards,
        truncate_gradient=gradient_steps, strict=True)
    state = states[-1] if isinstance(states, list) else states
    if final:
        return state[-1]
    state = state.dimshuffle(1, 0, *range(2, state.ndim))
    return state[:, ::-1] if backwards else state


def start(c, x, given, name, units, learn):
    if given is not None:
        return given
    return T.dot(T.ones((x.shape[0], 1)), c.param(name, (1, units), learn))


def recurrent(c, x, units, nonlinearity="relu", b=True, hid_init=None, backwards=False, learn_init=False,
              gradient_steps=-1, grad_clipping=0, mask=None, final=False):
    x_flat = x.flatten(3)
    inputs = 1
    for length in c.shape(x)[2:]:
        inputs *= length
    h0 = start(c, x, hid_init, "hid_init", units, learn_init)
    w_in = c.param("input_to_hidden.W", (inputs, units))
    bias = c.param("input_to_hidden.b", (units,)) if b else 0
    w_hid = c.param("hidden_to_hidden.W", (units, units))
    pre = T.dot(x_flat, w_in) + bias

    def step(x_n, h, w):
        return [NONLINEARITIES[nonlinearity](clipped(x_n + T.dot(h, w), grad_clipping))]

    return run(pre, [h0], step, mask, backwards, gradient_steps, final, [w_hid])


def gate(c, inputs, units, name):
    return [c.param("W_in_to_" + name, (inputs, units)), c.param("W_hid_to_" + name, (units, units)),
            c.param("b_" + name, (units,))]


def lstm(c, x, units, gates=("sigmoid", "sigmoid", "tanh", "sigmoid"), nonlinearity="tanh", cell_init=None,
         hid_init=None, backwards=False, learn_init=False, peepholes=True, gradient_steps=-1, grad_clipping=0,
         mask=None, final=False):
    x = x.flatten(3)
    inputs = c.shape(x)[2]
    rows = [gate(c, inputs, units, name) for name in ["ingate", "forgetgate", "cell", "outgate"]]
    w_in, w_hid, b = [T.concatenate(column, axis=-1) for column in zip(*rows)]
    peeps = [c.param("W_cell_to_" + name, (units,)) for name in ["ingate", "forgetgate", "outgate"]] if peepholes else []
    c0 = start(c, x, cell_init, "cell_init", units, learn_init)
    h0 = start(c, x, hid_init, "hid_init", units, learn_init)
    f = [NONLINEARITIES[name] for name in gates]

    def step(x_n, cell, h, w, *peeps):
        sums = clipped(x_n + T.dot(h, w), grad_clipping)
        i, forget, new, out = [sums[:, k * units:(k + 1) * units] for k in range(4)]
        if units == 1:
            i, forget, new, out = [T.addbroadcast(s, 1) for s in (i, forget, new, out)]
        if peeps:
            i, forget = i + cell * peeps[0], forget + cell * peeps[1]
        cell = f[1](forget) * cell + f[0](i) * f[2](new)
        if peeps:
            out = out + cell * peeps[2]
        return [T.unbroadcast(cell, 1), T.unbroadcast(f[3](out) * NONLINEARITIES[nonlinearity](cell), 1)]

    starts = [T.unbroadcast(c0, 1), T.unbroadcast(h0, 1)]
    return run(T.dot(x, w_in) + b, starts, step, mask, backwards, gradient_steps, final, [w_hid] + peeps)


def gru(c, x, units, gates=("sigmoid", "sigmoid", "tanh"), hid_init=None, backwards=False, learn_init=False,
        gradient_steps=-1, grad_clipping=0, mask=None, final=False):
    """`gates` are those of reset, update and the hidden update."""
    x = x.flatten(3)
    inputs = c.shape(x)[2]
    rows = {name: gate(c, inputs, units, name) for name in ["updategate", "resetgate", "hidden_update"]}
    rows = [rows[name] for name in ["resetgate", "updategate", "hidden_update"]]
    w_in, w_hid, b = [T.concatenate(column, axis=-1) for column in zip(*rows)]
    h0 = start(c, x, hid_init, "hid_init", units, learn_init)
    f = [NONLINEARITIES[name] for name in gates]

    def step(x_n, h, w):
        x_n, sums = clipped(x_n, grad_clipping), clipped(T.dot(h, w), grad_clipping)
        part = lambda s, k: s[:, k * units:(k + 1) * units]
        reset = f[0](part(sums, 0) + part(x_n, 0))
        update = f[1](part(sums, 1) + part(x_n, 1))
        new = f[2](clipped(part(x_n, 2) + reset * part(sums, 2), grad_clipping))
        return [T.unbroadcast((1 - update) * h + update * new, 1)]

    return run(T.dot(x, w_in) + b, [T.unbroadcast(h0, 1)], step, mask, backwards, gradient_steps, final, [w_hid])


def custom(c, x, shape, input_to_hidden, hidden_to_hidden, nonlinearity="relu", backwards=False, learn_init=False,
           gradient_steps=-1, grad_clipping=0, mask=None, final=False):
    """`shape` is that of the hidden state without the batch; the two functions take a case and a value."""
    h0 = c.param("hid_init", (1,) + shape, learn_init)
    h0 = T.unbroadcast(T.repeat(h0, c.shape(x)[0], axis=0), *range(len(shape) + 1))
    lengths = c.shape(x)
    joined = x.dimshuffle(1, 0, *range(2, x.ndim)).reshape((lengths[1] * lengths[0],) + lengths[2:])
    pre = input_to_hidden(c, joined)
    pre = pre.reshape((lengths[1], lengths[0]) + shape).dimshuffle(1, 0, *range(2, len(shape) + 2))
    first = len(c.params)
    c.replay = None
    hidden_to_hidden(c, h0)
    own = [p for p, _, _ in c.params[first:]]

    def step(x_n, h, *params):
        c.replay = iter(params)
        new = hidden_to_hidden(c, h)
        c.replay = None
        return [T.unbroadcast(NONLINEARITIES[nonlinearity](clipped(new + x_n, grad_clipping)), *range(h.ndim))]

    return run(pre, [h0], step, mask, backwards, gradient_steps, final, own)
