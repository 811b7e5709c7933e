"""06-raisin-mlp: mistakes in the network, and in where it starts."""

from collections.abc import Callable
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms

Tensor = torch.Tensor
Parameters = tuple[Tensor, Tensor, Tensor, Tensor]


def _network(key: str, looks_like: str, look_at: str, *ways: Callable[..., Tensor]) -> list[Mistake]:
    """`ways`: functions of x, W1, b1, W2, b2 in place of the network's formula."""

    def formula(way: Callable[..., Tensor]) -> Callable[[Any, Tensor, Parameters], Tensor]:
        return lambda T, x, parameters: way(x, *parameters)

    return [Mistake(key, looks_like, look_at, names={"formula": formula(w)}, checks=("network: ",)) for w in ways]


_s, _t = torch.sigmoid, torch.tanh
NETWORK = (
    *_network(
        "no-bend",
        "the hidden layer does not bend: without its tanh the network is a line",
        "network: what stands between the two matrix products?",
        lambda x, V, b, W, c: _s((x @ V + b) @ W + c),
    ),
    *_network(
        "other-bend",
        "the hidden layer bends by another function",
        "network: what bends the hidden layer, and what the output?",
        lambda x, V, b, W, c: _s(_s(x @ V + b) @ W + c),
        lambda x, V, b, W, c: _s(torch.relu(x @ V + b) @ W + c),
        lambda x, V, b, W, c: _t(_s(x @ V + b) @ W + c),
        lambda x, V, b, W, c: _s((x @ V + b) ** 2 @ W + c),
    ),
    *_network(
        "bend-elsewhere",
        "tanh is taken at another place, or twice",
        "network: of what is tanh taken?",
        lambda x, V, b, W, c: _s(_t(_t(x @ V + b)) @ W + c),
        lambda x, V, b, W, c: _s((_t(x) @ V + b) @ W + c),
        lambda x, V, b, W, c: _s(_t(x) @ V @ W + b @ W + c),
        lambda x, V, b, W, c: _s(_t(_t(x) @ V + b) @ W + c),
        lambda x, V, b, W, c: _s((_t(x @ V) + b) @ W + c),
        lambda x, V, b, W, c: _s(_t((x @ V + b) @ W + c)),
        lambda x, V, b, W, c: _s(_t(_t(x @ V + b) @ W + c)),
        lambda x, V, b, W, c: _s(_t(_t(x @ V + b) @ W) + c),
    ),
    *_network(
        "output-logits",
        "the output is no probability: its sigmoid is missing",
        "network: the last step",
        lambda x, V, b, W, c: _t(x @ V + b) @ W + c,
        lambda x, V, b, W, c: (x @ V + b) @ W + c,
    ),
    *_network(
        "output-bends-otherwise",
        "the output passes through another function than sigmoid",
        "network: the last step",
        lambda x, V, b, W, c: _t(_t(x @ V + b) @ W + c),
        lambda x, V, b, W, c: torch.relu(_t(x @ V + b) @ W + c),
        lambda x, V, b, W, c: torch.softmax(_t(x @ V + b) @ W + c, 1),
        lambda x, V, b, W, c: torch.softmax(_t(x @ V + b) @ W + c, 0),
        lambda x, V, b, W, c: torch.exp(_t(x @ V + b) @ W + c),
        lambda x, V, b, W, c: (_s(_t(x @ V + b) @ W + c) > 0.5) * 1.0,
    ),
    *_network(
        "sigmoid-twice",
        "the output passes through sigmoid two times",
        "network: the last step",
        lambda x, V, b, W, c: _s(_s(_t(x @ V + b) @ W + c)),
    ),
    *_network(
        "other-class",
        "it is the probability of the other class",
        "network: signs in the last step",
        lambda x, V, b, W, c: 1 - _s(_t(x @ V + b) @ W + c),
        lambda x, V, b, W, c: _s(c - _t(x @ V + b) @ W),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W - c),
        lambda x, V, b, W, c: _s(_t(x @ V - b) @ W + c),
    ),
    *_network(
        "bias-missing",
        "a bias is missing",
        "network: do all four parameters take part?",
        lambda x, V, b, W, c: _s(_t(x @ V) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W),
        lambda x, V, b, W, c: _s(_t(x @ V) @ W),
    ),
    *_network(
        "bias-misplaced",
        "a bias is added outside of the function that belongs around it, or twice",
        "network: brackets",
        lambda x, V, b, W, c: _s(_t(x @ V) @ W + b @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W) + c,
        lambda x, V, b, W, c: _s(_t(x @ V) @ W) + c,
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W) + _s(c),
        lambda x, V, b, W, c: _s((_t(x @ V) + _t(b)) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + 2 * b) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W + 2 * c),
        lambda x, V, b, W, c: _s(_t(x @ V + c) @ W + b),
        lambda x, V, b, W, c: _s(_t(x @ V + c) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ (W + c)),
        lambda x, V, b, W, c: _s((_t(x @ V + b) + c) @ W),
        lambda x, V, b, W, c: _s((_t(x @ V + b) + b) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ (V + b)) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) * b @ W + c),
    ),
    *_network(
        "graph-cut-hidden",
        "the graph ends at the hidden layer: what lies before it gets no gradient",
        "network: is every step an operation of your framework?",
        lambda x, V, b, W, c: _s(_t(x @ V + b).detach() @ W + c),
        lambda x, V, b, W, c: _s(_t((x @ V).detach() + b) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b.detach()) @ W + c.detach()),
        lambda x, V, b, W, c: _s(_t(x @ V + b.detach()) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W + c.detach()),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W.detach() + c),
        lambda x, V, b, W, c: _s((_t(x @ V + b) @ W).detach() + c),
    ),
    *_network(
        "input-beside",
        "the hidden layer is passed by, or counted otherwise than once",
        "network: what goes into the second matrix product?",
        lambda x, V, b, W, c: _s(2 * _t(x @ V + b) @ W + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) @ W / V.shape[1] + c),
        lambda x, V, b, W, c: _s(_t(x @ V + b) ** 2 @ W + c),
        lambda x, V, b, W, c: _s((_t(x @ V + b) + x @ V + b) @ W + c),
    ),
)


def _init(key: str, looks_like: str, look_at: str, check: str, shows: Callable[[Any, Any], Any]) -> Mistake:
    return Mistake(key, looks_like, look_at, shows=lambda got, due: bool(shows(got, due)), checks=(check,))


def _ints(shapes: Any) -> list[list[int]]:
    return [[int(n) for n in shape] for shape in shapes]


_SHAPES, _SIZES, _DRAWN = "init_network: shapes", "init_network: how large", "init_network: drawn"
INIT = (
    _init(
        "start-order",
        "the four parameters stand in another order",
        "init_network: what is handed back, in which order?",
        _SHAPES,
        lambda got, due: (
            _ints(got[:4]) != _ints(due[:4])
            and sorted(map(len, _ints(got[:4]))) == [1, 1, 2, 2]
            and sorted(_ints(got[:4])) == sorted(_ints(due[:4]))
        ),
    ),
    _init(
        "start-transposed",
        "the axes of weights are exchanged",
        "init_network: rows @ W, what shape has W?",
        _SHAPES,
        lambda got, due: any(_ints([got[k]])[0] == _ints([due[k]])[0][::-1] != _ints([due[k]])[0] for k in (0, 2)),
    ),
    _init(
        "bias-shape",
        "a bias has another shape than one number for each unit of its layer",
        "init_network: how many numbers, and how many axes, has a bias?",
        _SHAPES,
        lambda got, due: _ints(got[:4:2]) == _ints(due[:4:2]) and _ints(got[1:4:2]) != _ints(due[1:4:2]),
    ),
    _init(
        "start-shape",
        "weights have another shape than features and hidden units ask for",
        "init_network: rows @ W, what shape has W?",
        _SHAPES,
        lambda got, due: _ints(got[:4]) != _ints(due[:4]),
    ),
    _init(
        "start-without-gradients",
        "not all parameters require grad",
        "init_network: how are the Tensors made?",
        _SHAPES,
        lambda got, due: False in got[4],
    ),
    _init(
        "start-biases",
        "a bias does not start at 0",
        "init_network: what does the text say of biases?",
        _SHAPES,
        lambda got, due: forms.same(got[:5], due[:5]),
    ),
    _init(
        "start-size",
        "the weights are too large or too small at the start, or do not spread around 0: W1, W2 or both",
        "init_network: from which distribution are they drawn, and which axis of W says how large they are?",
        _SIZES,
        lambda got, due: False in got[:4],
    ),
    _init(
        "start-not-from-rng",
        "the start does not come from the rng that was handed in, or not all of it: the same rng gives two starts",
        "init_network: who draws?",
        _DRAWN,
        lambda got, due: got[0] is False,
    ),
    _init(
        "start-always-the-same",
        "every start is the same, whatever rng is handed in",
        "init_network: who draws, and what is drawn?",
        _DRAWN,
        lambda got, due: got[0] is True and got[1] is True,
    ),
)
