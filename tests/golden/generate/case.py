"""One case: inputs, parameters, the output and the gradients of sum(y * dy), as the readers of golden values want them."""

import json
import os

import numpy as np
import theano
import theano.tensor as T


class Case:
    def __init__(self, seed):
        self.random = np.random.RandomState(seed)
        self.inputs = []
        self.params = []
        self.afters = []
        self.replay = None
        self.known = {}

    def values(self, shape):
        return self.random.normal(0.0, 1.0, tuple(shape))

    def input(self, *shape, values=None, below=None, gradient=True):
        """An input; `below` makes it one of whole numbers, `gradient=False` is for masks."""
        if below is not None:
            values = self.random.randint(0, below, shape).astype("int32")
        elif values is None:
            values = self.values(shape)
        values = np.asarray(values)
        x = T.TensorType(str(values.dtype), (False,) * values.ndim)("x%d" % len(self.inputs))
        self.inputs.append((x, values, gradient and below is None))
        self.known[x] = values.shape
        return x

    def param(self, name, shape, trainable=True, positive=False):
        if self.replay is not None:
            return next(self.replay)
        values = self.values(shape) * 0.5
        if positive:
            values = np.abs(values) + 0.5
        shared = theano.shared(values, name=name)
        self.params.append((shared, name, trainable))
        self.known[shared] = values.shape
        return shared

    def after(self, param, value):
        self.afters.append((param, value))

    def shape(self, x):
        """The shape of a value, which depends on the inputs' alone."""
        if x not in self.known:
            f = theano.function([v for v, _, _ in self.inputs], x.shape, on_unused_input="ignore")
            self.known[x] = tuple(int(n) for n in f(*[values for _, values, _ in self.inputs]))
        return self.known[x]

    def arrays(self, y):
        """The arrays of the case's file."""
        shape = self.shape(y)
        dy = self.values(shape)
        trainable = [(i, p) for i, (p, _, t) in enumerate(self.params) if t]
        wrt = [x for x, _, g in self.inputs if g] + [p for _, p in trainable]
        loss = T.sum(y * dy)
        gradients = T.grad(loss, wrt, disconnected_inputs="ignore")
        outputs = [y] + gradients + [value for _, value in self.afters]
        results = theano.function([x for x, _, _ in self.inputs], outputs, on_unused_input="ignore")(
            *[values for _, values, _ in self.inputs])
        found = {"y": results[0], "dy": dy}
        results = results[1:]
        for i, (_, values, _) in enumerate(self.inputs):
            found["x%d" % i] = values
        for i, (p, name, _) in enumerate(self.params):
            found["param.%d.%s" % (i, name)] = p.get_value()
        for i, (_, _, gradient) in enumerate(self.inputs):
            if gradient:
                found["grad.x%d" % i] = results.pop(0)
        for i, p in trainable:
            found["grad.param.%d.%s" % (i, self.params[i][1])] = results.pop(0)
        numbers = {p: i for i, (p, _, _) in enumerate(self.params)}
        for p, _ in self.afters:
            i = numbers[p]
            found["after.param.%d.%s" % (i, self.params[i][1])] = results.pop(0)
        for name, values in found.items():
            assert np.all(np.isfinite(values)), name
        return found


def write(folder, cases):
    """Writes (name, layer, text, deterministic, seed, function of a case to its output)."""
    os.makedirs(folder, exist_ok=True)
    index = []
    for name, layer, text, deterministic, seed, build in cases:
        c = Case(seed)
        try:
            y = build(c)
            found = c.arrays(y)
        except Exception as error:  # noqa: the whole list is wanted
            print("%s: %s: %s" % (name, text, str(error).splitlines()[0] if str(error) else type(error)))
            if os.environ.get("STRICT"):
                raise
            continue
        np.savez_compressed(os.path.join(folder, name + ".npz"), **found)
        index.append({"name": name, "layer": layer, "network": text, "config": {"deterministic": deterministic}})
    with open(os.path.join(folder, "index.json"), "w") as file:
        json.dump(index, file, indent=1)
        file.write("\n")
    return index
