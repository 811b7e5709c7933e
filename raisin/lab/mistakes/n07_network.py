"""07-training-study: mistakes in the network, the device and the clock."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms

Array = NDArray[Any]
Bend = Callable[[Array], Array]


def _same(x: Array) -> Array:
    return x


def _layers(
    bend: Bend = np.tanh,
    last: Bend = _same,
    begin: Bend = _same,
    first: Bend | None = None,
    inmost: Bend | None = None,
    bias: float = 1.0,
) -> Callable[[list[Array], Array], Array]:
    """The network on paper. `first`, `inmost`: the bends of the first and the last hidden layer, if others."""

    def on_paper(weights: list[Array], X: Array) -> Array:
        hidden, x = len(weights) // 2 - 1, begin(X)
        for k in range(hidden):
            x = x @ weights[2 * k].T + bias * weights[2 * k + 1]
            x = (first or bend)(x) if k == 0 else (inmost or bend)(x) if k == hidden - 1 else bend(x)
        return last(x @ weights[-2].T + bias * weights[-1])

    return on_paper


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _relu(z: Array) -> Array:
    return np.maximum(z, 0)


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(z))


def _softmax(axis: int) -> Bend:
    return lambda z: np.asarray(np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True))


def _network(key: str, looks_like: str, look_at: str, *ways: Callable[[list[Array], Array], Array]) -> list[Mistake]:
    return [Mistake(key, looks_like, look_at, names={"on_paper": way}, checks=("network: ",)) for way in ways]


NETWORK = (
    Mistake(
        "layers-of-other-sizes",
        "the parameters are not those that the sizes ask for",
        "RaisinNet.__init__: which layers, each from which size to which, and are they registered?",
        shows=lambda got, due: not forms.same(got[0], due[0]),
        checks=("network: one hidden",),
    ),
    *_network(
        "no-bend",
        "the hidden layers do not bend",
        "RaisinNet.forward: what stands between two layers?",
        _layers(bend=_same),
    ),
    *_network(
        "output-bends",
        "the output bends: these are no logits",
        "RaisinNet.forward: the last layer",
        *(
            _layers(bend=bend, last=last)
            for bend in (np.tanh, _relu, _sigmoid, _same)
            for last in (_sigmoid, np.tanh, _relu, _softmax(1), _softmax(0), lambda z: np.log(_sigmoid(z)))
        ),
    ),
    *_network(
        "other-bend",
        "the hidden layers bend by another function",
        "RaisinNet.forward: which function bends?",
        *(
            _layers(bend=bend)
            for bend in (
                _relu,
                _sigmoid,
                _elu,
                np.sin,
                lambda z: np.where(z > 0, z, 0.01 * z),
                lambda z: np.logaddexp(0, z),
                lambda z: z * _sigmoid(z),
                lambda z: np.clip(z, -1, 1),
                lambda z: np.tanh(z) ** 2,
                lambda z: np.tanh(np.tanh(z)),
                lambda z: np.maximum(np.tanh(z), 0),
            )
        ),
    ),
    *_network(
        "bends-elsewhere",
        "not every hidden layer bends, or something else bends too",
        "RaisinNet.forward: which layers bend?",
        _layers(begin=np.tanh),
        _layers(begin=np.tanh, bend=_same),
        _layers(first=_same),
        _layers(inmost=_same),
        _layers(bend=_same, first=np.tanh),
        _layers(bend=_same, inmost=np.tanh),
        _layers(bend=_same, first=np.tanh, inmost=_same),
    ),
    *_network(
        "bias-missing",
        "the biases do not take part",
        "RaisinNet: what does a layer hold?",
        _layers(bias=0.0),
        _layers(bias=-1.0),
        _layers(bias=2.0),
    ),
)


def _device(key: str, looks_like: str, look_at: str, check: str, shows: Callable[[Any, Any], Any]) -> Mistake:
    return Mistake(key, looks_like, look_at, shows=lambda got, due: bool(shows(got, due)), checks=(check,))


_MODEL = "tensor_for: the model"
DEVICE = (
    _device(
        "device-fixed",
        "the device is always the same, whatever machine this is",
        "pick_device: what is asked, and when?",
        "device: with",
        lambda got, due: len(set(got)) == 1,
    ),
    _device(
        "device-exchanged",
        "the device is a GPU where there is none, and none where there is one",
        "pick_device: which of the two belongs to which answer?",
        "device: with",
        lambda got, due: all(g != d for g, d in zip(got, due, strict=True)),
    ),
    _device(
        "dtype-fixed",
        "the tensor does not follow the model's dtype",
        "tensor_for: who says which dtype?",
        "tensor_for: follows",
        lambda got, due: got[1] != due[1] and np.allclose(got[0], due[0], atol=0.01),
    ),
    _device(
        "dtype-fixed",
        "the tensor does not follow the model's dtype",
        "tensor_for: who says which dtype?",
        _MODEL,
        lambda got, due: [got[0], got[3]] != [due[0], due[3]],
    ),
    _device(
        "device-of-the-machine",
        "the tensor is not where the model is",
        "tensor_for: who says on which device?",
        _MODEL,
        lambda got, due: [got[2], got[4]] != [due[2], due[4]],
    ),
)


def _timed(key: str, looks_like: str, look_at: str, *seconds: Callable[[Array, int], Any]) -> list[Mistake]:
    """`seconds`: of the costs of all calls, the first is not to count, and the number of those that are."""

    def instead(way: Callable[[Array, int], Any]) -> Callable[..., Any]:
        return lambda work, device, repeats, clock: way(np.array(list(clock.__self__.costs)), repeats)

    return [Mistake(key, looks_like, look_at, names={"timed": instead(w)}, checks=("timed: ",)) for w in seconds]


TIMED = (
    *_timed(
        "clock-read-early",
        "the clock is read before the work is done",
        "timed: who waits for the GPU, and when?",
        lambda c, n: 0.0,
        lambda c, n: c[:1].sum() / n,
    ),
    *_timed(
        "warm-up-in-the-timed-part",
        "the first call counts, or a part of it is still at work when the clock starts",
        "timed: what is over when the clock starts?",
        lambda c, n: c[:-1].sum() / n,
        lambda c, n: c.sum() / n,
        lambda c, n: c.sum() / (n + 1),
        lambda c, n: c.sum(),
        lambda c, n: c[:-1].sum(),
        lambda c, n: c[:2].sum() / n,
    ),
    *_timed(
        "seconds-of-all-calls",
        "it is the time of all calls together",
        "timed: seconds per call",
        lambda c, n: c[1:].sum(),
    ),
    *_timed(
        "divided-by-another-number",
        "the time is divided by another number than that of the timed calls, or a call is missing",
        "timed: how many calls lie between the two readings of the clock?",
        lambda c, n: c[1:].sum() / (n + 1),
        lambda c, n: c[1:].sum() / (n - 1),
        lambda c, n: c[1:n].sum() / n,
        lambda c, n: c[1:n].sum() / (n - 1),
        lambda c, n: c[2:].sum() / n,
        lambda c, n: c[2:].sum() / (n - 1),
        lambda c, n: c[1:].sum() / n**2,
        lambda c, n: n / c[1:].sum(),
    ),
    *_timed(
        "time-of-one-call",
        "the time is that of a single call",
        "timed: a mean over how many calls?",
        lambda c, n: c[-1],
        lambda c, n: c[-1] / n,
        lambda c, n: c[1],
        lambda c, n: c[1] / n,
        lambda c, n: c[0],
        lambda c, n: c[1:].min(),
        lambda c, n: c[1:].max(),
        lambda c, n: np.median(c[1:]),
    ),
    *_timed(
        "clock-backwards",
        "the time is negative",
        "timed: which reading of the clock comes first?",
        lambda c, n: -c[1:].sum() / n,
        lambda c, n: -c[1:].sum(),
    ),
)
