"""Classes that grow from notebook to notebook: `add_to`, and class identity that survives a re-run cell.

A class is extended in place, so that instances made earlier, subclasses and ``super()`` stay valid.
"""

import gc
import types
from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

Member = TypeVar("Member")

# class name -> attribute -> what was added, in the order of adding
_added: dict[str, dict[str, Any]] = {}
_OWN = {"__dict__", "__weakref__", "__slots__"}


def add_to(cls: type) -> Callable[[Member], Member]:
    """Decorator: the function below becomes a method of `cls`, the class that exists already.

    Works for functions, properties, class methods and static methods. Running the cell again changes nothing.
    Raises TypeError when `cls` is no class.

    >>> class Pair:
    ...     left, right = 1, 2
    >>> @add_to(Pair)
    ... def total(self):
    ...     return self.left + self.right
    >>> Pair().total()
    3
    """
    if not isinstance(cls, type):
        raise TypeError(f"lab.add_to needs a class, for example @lab.add_to(Tensor); got {cls!r}")

    def decorate(member: Member) -> Member:
        function = getattr(member, "fget", None) or member
        name = getattr(function, "__name__", None)
        if name is None:
            raise TypeError(f"lab.add_to stands above a function (def ...); got {member!r}")
        _add(cls, name, member)
        _added.setdefault(cls.__name__, {})[name] = member
        return member

    return decorate


def _add(cls: type, name: str, member: Any) -> None:
    if isinstance(member, types.FunctionType):
        member.__qualname__ = f"{cls.__name__}.{name}"
    setattr(cls, name, member)


def add_again(cls: type) -> None:
    """Give a class that was made anew everything that `add_to` had given its predecessor of the same name."""
    for name, member in _added.get(cls.__name__, {}).items():
        _add(cls, name, member)


def additions() -> dict[tuple[str, str], Any]:
    """What was added so far: (class name, attribute) -> function or property."""
    return {(cls, name): member for cls, members in _added.items() for name, member in members.items()}


def forget() -> None:
    """Drop the record of what was added (a notebook starts)."""
    _added.clear()


def keep_identity(namespace: MutableMapping[str, Any], name: str, old: type) -> None:
    """`name` was defined again: let the `old` class object live on with the new class's content.

    So instances made before stay instances, and a subclass need not be made again. Where Python cannot do that
    (slots, another metaclass, incompatible bases) the new class is simply taken, as Python always does.
    """
    new = namespace[name]
    if adopt(old, new):
        namespace[name] = old
        for other in new.__subclasses__():
            if type(other) is type:
                other.__bases__ = _exchanged(other.__bases__, new, old)
    add_again(namespace[name])


def _exchanged(bases: tuple[type, ...], new: type, old: type) -> tuple[type, ...]:
    return tuple(old if base is new else base for base in bases)


def adopt(old: type, new: type) -> bool:
    """Replace the content of `old` by that of `new`, in place; False where Python does not allow it."""
    if type(old) is not type or type(new) is not type or old is new or issubclass(new, old):
        return False
    if "__slots__" in vars(old) or "__slots__" in vars(new):
        return False
    if old.__bases__ != new.__bases__:
        try:
            old.__bases__ = new.__bases__
        except TypeError:
            return False
    content = dict(vars(new))
    for name in [n for n in vars(old) if n not in content and n not in _OWN]:
        delattr(old, name)
    for name, value in content.items():
        if name not in _OWN:
            setattr(old, name, value)
    _repoint(new, old)
    return True


def _repoint(new: type, old: type) -> None:
    """What the class's own cell made of `new` becomes `old`'s.

    ``super()`` without arguments finds its class in a closure cell, however deep under decorators, and a cell may
    make instances of its class at once; the garbage collector knows both. (So no caller may hold `new` in a closure.)
    """
    for holder in gc.get_referrers(new):
        if isinstance(holder, types.CellType):
            holder.cell_contents = old
        elif type(holder) is new:
            holder.__class__ = old
