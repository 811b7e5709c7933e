"""02-tensor-arithmetic: mistakes in the class Tensor and in tensor()."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from raisin.lab import relations
from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.frameworks import Change, Names, constructor, framework, method
from raisin.lab.values import Plain


def _mistake(key: str, looks_like: str, look_at: str, *changes: Change, checks: tuple[str, ...] = ()) -> Mistake:
    return Mistake(key, looks_like, look_at, names=framework(("02-tensor-arithmetic",), *changes), checks=checks)


def _made_of(function: Callable[[Any], Any]) -> Change:
    """Every Tensor holds function(data)."""

    def edit(made: Any, data: Any, requires_grad: Any, grad_fn: Any) -> None:
        made.data = function(data)

    return constructor(edit)


def _copied_as(function: Callable[[Any], Any]) -> Change:
    """tensor() makes its Tensor of function(data); Tensor itself is right."""

    def change(names: Names) -> None:
        names["tensor"] = lambda data, requires_grad=False: names["Tensor"](function(data), requires_grad)

    return change


def _called(call: Callable[..., Any]) -> Change:
    """tensor(data, requires_grad) is call(Tensor, a copy of data, requires_grad)."""

    def change(names: Names) -> None:
        names["tensor"] = lambda data, requires_grad=False: call(names["Tensor"], np.array(data), requires_grad)

    return change


def _attribute(name: str, value: Callable[[Any, Any, Any], Any]) -> Change:
    """The attribute is value(data, requires_grad, grad_fn)."""

    def edit(made: Any, data: Any, requires_grad: Any, grad_fn: Any) -> None:
        setattr(made, name, value(made.data, requires_grad, grad_fn))

    return constructor(edit)


def _shape(function: Callable[[Any], Any]) -> Change:
    def change(names: Names) -> None:
        names["Tensor"].shape = property(lambda self: function(self.data))

    return change


def _both(first: Change, second: Change) -> Change:
    def change(names: Names) -> None:
        first(names)
        second(names)

    return change


def _of_objects(got: Plain, due: Plain) -> bool:
    """An array of Tensors came: NumPy has calculated with an array on one side and a Tensor on the other."""
    if isinstance(got, list):
        return any(_of_objects(part, due) for part in got)
    return isinstance(got, np.ndarray) and got.dtype == object


def _of_float32(got: Plain, due: Plain) -> bool:
    found = relations.related(got, due, [])
    return found is not None and found[0] == "float32"


def _of_one_dtype(got: Plain, due: Plain) -> bool:
    """Of the names of dtypes that are due, all came out as the same."""
    if not (isinstance(got, list) and isinstance(due, list) and len(got) == len(due)):
        return False
    names = [(g, d) for g, d in zip(got, due, strict=True) if isinstance(d, str)]
    return len({g for g, _ in names}) == 1 < len({d for _, d in names})


def _other_type(got: Plain, due: Plain) -> bool:
    """The name of another type came, with whatever value."""
    return isinstance(got, list) and isinstance(due, list) and isinstance(got[0], str) and got[0] != due[0]


def _tensors() -> Iterator[Mistake]:
    words = "the array is not copied: a later change of it reaches the tensor", "tensor: whose numbers does it hold?"
    yield _mistake("not-copied", *words, _copied_as(np.asarray))
    words = "data is kept as it came, a list as a list", "Tensor: which kind of thing is data?"
    yield _mistake("not-an-array", *words, _copied_as(lambda data: data), _made_of(lambda data: data))
    words = "every array is turned into one and the same dtype", "tensor: is a dtype asked for?"
    yield Mistake("one-dtype", *words, shows=_of_one_dtype, checks=("dtypes",))
    words = "the numbers are cut off or rounded to whole ones", "which dtype has the array?"
    for function in (lambda a: np.array(a, dtype=int), np.round):
        for place in (_made_of, _copied_as):
            yield _mistake("whole-numbers", *words, place(function))
    words = "the numbers go through a dtype that keeps fewer digits", "tensor and Tensor: is a dtype asked for?"
    for place in (_made_of, _copied_as):
        yield _mistake("fewer-digits", *words, place(lambda a: np.array(a, dtype=np.float16)))


_RESHAPES: tuple[Callable[[Any], Any], ...] = (
    np.atleast_1d,
    np.atleast_2d,
    np.squeeze,
    np.ravel,
    np.transpose,
    lambda a: np.asarray(a)[None],
    lambda a: np.asarray(a)[..., None],
    lambda a: np.asarray(a)[:, None] if np.ndim(a) == 1 else a,
    lambda a: np.asarray(a)[None] if np.ndim(a) == 1 else a,
)


def _copied(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda data: np.array(function(data))


def _reshaped(key: str, looks_like: str, look_at: str, checks: tuple[str, ...] = ()) -> Iterator[Mistake]:
    for function in _RESHAPES:
        for place in (_made_of, _copied_as):
            yield _mistake(key, looks_like, look_at, place(_copied(function)), checks=checks)


def _but_for_numbers(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda a: function(a) if a.ndim else ()


def _shapes() -> Iterator[Mistake]:
    # Where shapes alone are compared, nobody can tell the one from the other.
    yield from _reshaped(
        "axes",
        "an axis is lost, added or moved",
        "Tensor: is the array changed, or what shape says of it?",
        ("tensor: shape",),
    )
    words = "shape is something else than the lengths of all axes", "Tensor: what does the array say of itself?"
    wrong: tuple[Callable[[Any], Any], ...] = (
        lambda a: a.size,
        lambda a: a.ndim,
        lambda a: len(a) if a.ndim else 0,
        lambda a: len(np.atleast_1d(a)),
        lambda a: a.shape[0] if a.ndim else (),
        lambda a: a.shape[0] if a.ndim else 0,
        lambda a: a.shape[:1],
        lambda a: a.shape[:2],
        lambda a: a.shape[-2:],
        lambda a: a.shape[-1:],
        lambda a: a.shape[::-1],
        lambda a: (a.size,),
        lambda a: tuple(n for n in a.shape if n != 1),
        lambda a: str(a.shape),
    )
    for function in wrong:
        yield _mistake("shape-other", *words, _shape(function))
        yield _mistake("shape-other", *words, _shape(_but_for_numbers(function)))


def _items() -> Iterator[Mistake]:
    words = "item() gives back an array", "item: which of NumPy's methods takes the number out?"
    for function in (
        lambda names, x: x.data,
        lambda names, x: x.data[0],
        lambda names, x: x.data[0] if x.shape else x.data.item(),
        lambda names, x: x.data[:1],
    ):
        yield _mistake("item-array", *words, method("item", function), checks=("item",))
    words = "item() gives another kind of value than Python's own number", "item: of which type is what it returns?"
    yield Mistake("item-type", *words, shows=_other_type, checks=("item: ",))


def _flags() -> Iterator[Mistake]:
    checks = "requires_grad", "constructor"
    words = "requires_grad is not what was given", "is the given flag passed on, in tensor and in Tensor?"
    for call in (
        lambda Tensor, data, flag: Tensor(data),
        lambda Tensor, data, flag: Tensor(data, True),
        lambda Tensor, data, flag: Tensor(data, not flag),
    ):
        yield _mistake("flag-lost", *words, _called(call), checks=checks)
    for value in (lambda *_: False, lambda *_: True, lambda *_: None, lambda data, flag, node: not flag):
        yield _mistake("flag-lost", *words, _attribute("requires_grad", value), checks=checks)
    words = "arguments of Tensor stand in each other's place", "in which order does Tensor take its arguments?"
    yield _mistake("arguments", *words, _called(lambda Tensor, data, flag: Tensor(data, False, flag)), checks=checks)
    yield _mistake("arguments", *words, _called(lambda Tensor, data, flag: Tensor(data, flag, flag)), checks=checks)
    yield _mistake("arguments", *words, _called(lambda Tensor, d, flag: Tensor(d, None, flag)), checks=checks)
    swapped = _both(
        _attribute("requires_grad", lambda data, flag, node: node),
        _attribute("grad_fn", lambda data, flag, node: flag),
    )
    yield _mistake("arguments", *words, swapped, checks=checks)
    words = "grad_fn is not what was given", "Tensor: what becomes of its last argument?"
    nodes: tuple[Callable[..., Any], ...] = (
        lambda *_: None,
        lambda *_: False,
        lambda data, flag, _: flag,
        lambda data, *_: data,
    )
    for node in nodes:
        yield _mistake("node-lost", *words, _attribute("grad_fn", node), checks=checks)
    words = "grad is filled from the start", "Tensor: what is known of the gradient before anything was computed?"
    gradients: tuple[Callable[..., Any], ...] = (
        lambda data, *_: np.zeros(data.shape),
        lambda data, *_: np.ones(data.shape),
        lambda *_: 0.0,
        lambda *_: [],
        lambda data, flag, _: np.zeros(data.shape) if flag else None,
        lambda data, flag, _: 0.0 if flag else None,
        lambda data, *_: data,
        lambda data, flag, _: flag,
    )
    for gradient in gradients:
        yield _mistake("grad-filled", *words, _attribute("grad", gradient), checks=checks)


def _table() -> Iterator[Mistake]:
    words = "NumPy calculated with an array on one side and a Tensor on the other", "which operation returns an array?"
    yield Mistake("not-a-tensor", *words, shows=_of_objects)
    yield Mistake(*relations.words_of("float32"), shows=_of_float32)  # it is everywhere: no need to try the others
    yield from _tensors()
    yield from _shapes()
    yield from _items()
    yield from _flags()


MISTAKES = tuple(_table())
RESHAPED = tuple(
    _reshaped(
        "data-reshaped",
        "the array gets another shape when a tensor is made of it",
        "Tensor and tensor: is there a squeeze, a reshape or a transpose?",
    )
)
