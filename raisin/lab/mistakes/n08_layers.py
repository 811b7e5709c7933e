"""08-modules-and-minibatches: mistakes in Linear, ModuleList and Sequential."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from torch import nn

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.forms import same

# --- Linear -----------------------------------------------------------------------------------------------------------


def _linear(forward: Callable[[Any, Any], Any], always_bias: bool = False) -> type:
    """torch's Linear with another forward."""

    class Linear(nn.Linear):
        def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
            super().__init__(in_features, out_features, bias or always_bias)

        def forward(self, x: Any) -> Any:
            return forward(self, x)

    return Linear


def _with_bias(self: Any, y: Any, sign: float = 1.0) -> Any:
    return y if self.bias is None else y + sign * self.bias


def _started(
    weight: tuple[bool | None, ...], bias: tuple[bool | None, ...] = (None,) * 4
) -> Callable[[Any, Any], bool]:
    """Whether the flags are these: within the bound, near it, mean, deviation; first of the weight. None: either."""

    def shows(got: Any, due: Any) -> bool:
        pairs = zip(got[0], (*weight, *bias), strict=True)
        return all(wanted is None or flag is wanted for flag, wanted in pairs)

    return shows


def _seeds(*flags: bool) -> Callable[[Any, Any], bool]:
    return lambda got, due: tuple(got[:2]) == flags


def _plain_tensors(got: Any, due: Any) -> bool:
    return any(one[0] is False for one in got[0])


_START, _FORWARD = "Linear.__init__: how are weight and bias drawn?", "Linear.forward: compare with the formula"
_DRAWN = ("Linear: how weight",)
_SEED = ("Linear: drawn anew",)
LAYERS = (
    *(
        Mistake(key, words, _FORWARD, names={"Linear": _linear(forward, always)}, checks=("Linear: ", "Sequential: "))
        for key, words, forward, always in (
            ("bias-missing", "the bias is not added", lambda self, x: x @ self.weight.T, False),
            ("bias-sign", "the bias is subtracted", lambda self, x: _with_bias(self, x @ self.weight.T, -1.0), False),
            ("bias-always", "there is a bias where none was wanted", nn.Linear.forward, True),
            (
                "weight-reshaped",
                "the weight is not turned round but cut anew",
                lambda self, x: _with_bias(self, x @ self.weight.reshape(self.weight.shape[::-1])),
                False,
            ),
        )
    ),
    Mistake(
        "reshaped",
        "the matrix is not turned round but cut anew",
        "Tensor.T: which number belongs where?",
        shows=lambda got, due: not same(got[1], due[1]) and same(*(np.sort(one[1].ravel()) for one in (got, due))),
        checks=("transpose: ",),
    ),
    Mistake(
        "always-requires",
        "what is turned round requires grad although the matrix does not",
        "Tensor.T: when is there a node?",
        shows=lambda got, due: got[2] is True,
        checks=("transpose: ",),
    ),
    Mistake(
        "no-parameter",
        "weight or bias is a plain Tensor",
        "Linear.__init__: what is it that gets trained?",
        shows=_plain_tensors,
        checks=("Linear: shapes",),
    ),
    Mistake(
        "bias-start",
        "the bias does not start like the weight",
        _START,
        shows=_started((True, True, True, True), (None, False, None, False)),
        checks=_DRAWN,
    ),
    Mistake(
        "start-mean",
        "the numbers are not drawn from both sides of 0",
        _START,
        shows=_started((True, True, False, None)),
        checks=_DRAWN,
    ),
    Mistake(
        "start-shape",
        "the numbers are not drawn uniformly, or not up to the bound",
        _START,
        shows=_started((False, True, True, None), (True, True, True, True)),
        checks=_DRAWN,
    ),
    Mistake(
        "start-bound",
        "the bound is another one",
        "Linear.__init__: of what is k made?",
        shows=_started((None, None, None, False), (None, None, None, False)),
        checks=_DRAWN,
    ),
    Mistake(
        "own-generator",
        "the same seed does not give the same start",
        "Linear.__init__: from what is it drawn?",
        shows=_seeds(False, False),
        checks=_SEED,
    ),
    Mistake(
        "start-repeated",
        "every layer starts alike",
        "Linear.__init__: from what is it drawn?",
        shows=_seeds(True, True),
        checks=_SEED,
    ),
)


# --- ModuleList and Sequential ----------------------------------------------------------------------------------------


def _module_list(name: Callable[[int], str], registered: bool = True) -> type:
    """A ModuleList whose modules get other names, or are not found at all."""

    class ModuleList(nn.Module):
        def __init__(self, modules: Iterable[nn.Module] = ()) -> None:
            super().__init__()
            self._plain: list[nn.Module] = []
            for module in modules:
                self.append(module)

        def append(self, module: nn.Module) -> None:
            if registered:
                setattr(self, name(len(self)), module)
            else:
                self._plain.append(module)

        def __len__(self) -> int:
            return len(self._modules)

        def __getitem__(self, k: int) -> Any:
            return list(self._modules.values())[k]

    return ModuleList


def _sequential(forward: Callable[[list[Any], Any], Any]) -> type:
    return type("Sequential", (nn.Sequential,), {"forward": lambda self, x: forward(list(self), x)})


def _through(modules: Iterable[Any], x: Any, times: int = 1) -> Any:
    for module in modules:
        for _ in range(times):
            x = module(x)
    return x


_LIST, _CHAIN = "ModuleList.append: under which name, and as what?", "Sequential.forward: who gets what?"
CONTAINERS = (
    *(
        Mistake(key, words, _LIST, names={"ModuleList": made}, checks=("ModuleList: ",))
        for key, words, made in (
            (
                "list-plain",
                "the modules are in a plain list, where nobody finds them",
                _module_list(str, registered=False),
            ),
            ("list-from-one", "the names are not the numbers from 0", _module_list(lambda k: str(k + 1))),
            ("list-from-one", "the names are not the numbers from 0", _module_list(lambda k: f"layer{k}")),
            ("list-replaced", "a module takes the place of the one before", _module_list(lambda k: str(max(k - 1, 0)))),
            ("list-replaced", "a module takes the place of the one before", _module_list(lambda k: "0")),
        )
    ),
    *(
        Mistake(key, words, _CHAIN, names={"Sequential": _sequential(forward)}, checks=("Sequential: ",))
        for key, words, forward in (
            ("chain-first", "the first module is left out", lambda modules, x: _through(modules[1:], x)),
            ("chain-last", "the last module is left out", lambda modules, x: _through(modules[:-1], x)),
            (
                "chain-backwards",
                "the modules are called from the last to the first",
                lambda modules, x: _through(modules[::-1], x),
            ),
            (
                "chain-input",
                "what came out of the modules before the last one is lost",
                lambda modules, x: _through(modules[-1:], x),
            ),
            ("chain-one", "only the first module is called", lambda modules, x: _through(modules[:1], x)),
            ("chain-twice", "each module is called twice", lambda modules, x: _through(modules, x, 2)),
        )
    ),
)
