"""08-modules-and-minibatches: mistakes in Module, put into torch's."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from raisin.lab.diagnose import Mistake

Named = Iterable[tuple[str, Any]]


def module_with(**methods: Any) -> type:
    """torch's Module with other methods."""
    return type("Module", (nn.Module,), methods)


def _own(module: nn.Module) -> list[tuple[str, Any]]:
    return [(name, p) for name, p in module._parameters.items() if p is not None]


def _children(module: nn.Module) -> list[tuple[str, nn.Module]]:
    """Doubles too, which torch's named_children leaves out."""
    return [(name, child) for name, child in module._modules.items() if child is not None]


def _once(named: Named, last: bool = False) -> Named:
    """Each Parameter once, under its first name or its last one."""
    found: dict[int, tuple[str, Any]] = {}
    for name, p in named:
        if last or id(p) not in found:
            found[id(p)] = (name, p)
    return found.values()


def _walk(module: nn.Module, own: Callable[[nn.Module], Named] = _own, joint: str = ".", named: bool = True) -> Named:
    """All Parameters, doubles too; `joint` stands between the names of a child and its Parameter."""
    yield from own(module)
    for child_name, child in _children(module):
        for name, p in _walk(child, own, joint, named):
            yield (f"{child_name}{joint}{name}" if named else name), p


def _with_constants(module: nn.Module) -> Named:
    return [*_own(module), *((name, v) for name, v in vars(module).items() if isinstance(v, torch.Tensor))]


def _of_children(module: nn.Module, which: slice = slice(None), deep: bool = True) -> Named:
    for child_name, child in _children(module)[which]:
        inner = child.named_parameters() if deep else _own(child)
        yield from ((f"{child_name}.{name}", p) for name, p in inner)


Lister = Callable[[nn.Module], Named]


def _joined(joint: str) -> Lister:
    return lambda module: _once(_walk(module, joint=joint))


def _one_of(which: slice) -> Lister:
    return lambda module: _once([*_own(module), *_one_child(module, which)])


def _names(key: str, looks_like: str, look_at: str, named: Lister) -> Mistake:
    def named_parameters(self: nn.Module, *arguments: Any, **settings: Any) -> Named:
        return iter(list(named(self)))

    return Mistake(
        key,
        looks_like,
        f"named_parameters: {look_at}",
        names={"Module": module_with(named_parameters=named_parameters)},
        checks=("modules: ", "ModuleList: "),
    )


NAMES = (
    _names("children-forgotten", "the Parameters of the children are missing", "who looks into the children?", _own),
    _names(
        "grandchildren-forgotten",
        "the children's children are not looked into",
        "what does a child know about its own children?",
        lambda module: _once([*_own(module), *_of_children(module, deep=False)]),
    ),
    _names(
        "names-short",
        "the names lack the name of the child in front",
        "what does the name of a child's Parameter begin with?",
        lambda module: _once(_walk(module, named=False)),
    ),
    *(
        _names(
            "names-joined",
            "the name of the child and that of its Parameter are not joined by a dot",
            "what stands between the two names?",
            _joined(joint),
        )
        for joint in ("_", "/", "", "-", " ")
    ),
    _names("shared-twice", "a Parameter with two names is listed twice", "who has been there before?", _walk),
    _names(
        "shared-last-name",
        "a Parameter with two names is listed under the last one",
        "which of the two names came first?",
        lambda module: _once(_walk(module), last=True),
    ),
    _names(
        "constants-listed",
        "Tensors that are no Parameters are listed",
        "what tells a Parameter from another Tensor?",
        lambda module: _once(_walk(module, _with_constants)),
    ),
    _names(
        "children-first",
        "the children's Parameters come before the module's own",
        "in which order?",
        lambda module: _once([*_of_children(module), *_own(module)]),
    ),
    _names(
        "children-first",
        "the children's Parameters come before the module's own",
        "in which order?",
        lambda module: _once(_children_first(module)),
    ),
    _names(
        "alphabetical",
        "the names are in alphabetical order",
        "in which order were the attributes set?",
        lambda module: _once(_walk(module, lambda one: sorted(_own(one), key=lambda pair: pair[0]))),
    ),
    *(
        _names(
            "one-child",
            "only one child is looked into",
            "what becomes of what was found before?",
            _one_of(which),
        )
        for which in (slice(1), slice(-1, None))
    ),
)


def _children_first(module: nn.Module) -> Named:
    for child_name, child in _children(module):
        yield from ((f"{child_name}.{name}", p) for name, p in _children_first(child))
    yield from _own(module)


def _one_child(module: nn.Module, which: slice) -> Named:
    for child_name, child in _children(module)[which]:
        inner = [*_own(child), *_one_child(child, which)]
        yield from ((f"{child_name}.{name}", p) for name, p in inner)


# --- zero_grad, train and eval ----------------------------------------------------------------------------------------


def _mode(key: str, looks_like: str, look_at: str, **methods: Any) -> Mistake:
    return Mistake(key, looks_like, look_at, names={"Module": module_with(**methods)}, checks=("modes: ",))


def _train(each: Callable[[Any, bool], Any], own: Callable[[bool], bool] = bool, gives: bool = True) -> Any:
    """A `train` that does this to each child, and that to its own flag."""

    def train(self: Any, mode: bool = True) -> Any:
        self.training = own(mode)
        for child in self.children():
            each(child, mode)
        return self if gives else None

    return train


def _clear(chosen: Callable[[Any], Iterable[Any]], attribute: str = "grad") -> Any:
    def zero_grad(self: Any, set_to_none: bool = True) -> None:
        for p in chosen(self):
            setattr(p, attribute, None if attribute == "grad" else 0.0 * p.data)

    return zero_grad


def _flag(child: Any, mode: bool) -> None:
    child.training = mode


_T, _Z = "train: which modules does it reach, with which mode?", "zero_grad: which Parameters does it reach?"
_SOME = "some Parameters keep their gradient"
MODES = (
    _mode("train-alone", "the children do not change their mode", _T, train=_train(lambda child, mode: None)),
    _mode("train-shallow", "the children's children do not change their mode", _T, train=_train(_flag)),
    _mode(
        "train-only", "the children go into training mode always", _T, train=_train(lambda child, mode: child.train())
    ),
    _mode("train-mode", "mode is not looked at", _T, train=_train(lambda c, mode: c.train(mode), lambda mode: True)),
    _mode("train-contrary", "the modes are exchanged", _T, train=_train(lambda c, m: c.train(m), lambda m: not m)),
    _mode(
        "train-gives",
        "train does not give back the module",
        "train: what is due, beside the flags?",
        train=_train(lambda child, mode: child.train(mode), gives=False),
    ),
    _mode("zero-grad-some", _SOME, _Z, zero_grad=_clear(lambda self: [p for _, p in _own(self)])),
    _mode("zero-grad-some", _SOME, _Z, zero_grad=_clear(lambda self: list(self.parameters())[:1])),
    _mode("zero-grad-some", _SOME, _Z, zero_grad=_clear(lambda self: list(self.parameters())[-1:])),
    _mode("zero-grad-none", "no gradient is forgotten", _Z, zero_grad=_clear(lambda self: [])),
    _mode(
        "zero-grad-data",
        "the numbers themselves became 0, not the gradients",
        "zero_grad: which attribute?",
        zero_grad=_clear(lambda self: self.parameters(), "data"),
    ),
)
