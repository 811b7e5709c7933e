"""Building blocks of the tables of 02 and 03: the course's names with one mistake in them.

They are the stand-in's (torch does the work, `raisin.lab.standin`), changed in one place.
"""

from collections.abc import Callable
from typing import Any

from raisin.lab.standin import install

Names = dict[str, Any]
Change = Callable[[Names], None]


def framework(notebooks: tuple[str, ...], *changes: Change) -> Names:
    """The names of the given notebooks, as the stand-in has them, after the changes."""
    names: Names = {}
    install(names, notebooks)
    del names["np"], names["Tensor"].__array_ufunc__  # a student's class leaves NumPy to itself
    for change in changes:
        change(names)
    return names


def array(operand: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return operand.data if hasattr(operand, "grad_fn") else operand


def calculates(operation: str, function: Callable[[Any, Any], Any]) -> Change:
    """The named operation makes its result of ``function(left, right)``, which gets arrays and plain numbers."""

    def change(names: Names) -> None:
        names[operation] = lambda left, right: names["Tensor"](function(array(left), array(right)))

    return change


def alters(operation: str, function: Callable[..., Any]) -> Change:
    """What the named operation returns is ``function(names, result, *operands)`` of the right result."""

    def change(names: Names) -> None:
        right = names[operation]
        names[operation] = lambda *operands: function(names, right(*operands), *operands)

    return change


def method(name: str, function: Callable[..., Any]) -> Change:
    """The method `name` of Tensor is ``function(names, self, *others)``."""

    def change(names: Names) -> None:
        setattr(names["Tensor"], name, lambda self, *others: function(names, self, *others))

    return change


def constructor(edit: Callable[..., None]) -> Change:
    """After its making, a Tensor goes through ``edit(tensor, data, requires_grad, grad_fn)``."""

    def change(names: Names) -> None:
        right = names["Tensor"].__init__

        def __init__(self: Any, data: Any, requires_grad: Any = False, grad_fn: Any = None) -> None:
            right(self, data, requires_grad, grad_fn)
            edit(self, data, requires_grad, grad_fn)

        names["Tensor"].__init__ = __init__

    return change
