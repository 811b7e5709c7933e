"""torch with a mistake in it: the names that a check's program meets when a mistake is tried out."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from raisin.lab.names import TORCH_NAMES, TorchNames

# torch's own name of an operation, as an operator reports it -> the name that a mistake uses.
_OPERATIONS = {"neg": "negation", **{own: name for name, own in TORCH_NAMES.items()}}
Walk = Callable[[Any, Any], None]


class MistakenNames(TorchNames):
    """torch's names, but for those that a mistake replaces; its operators too, while `in_force`.

    `names`: by name, functions or classes. `operations`: functions of the operands, by the course's names of the
    operations (``subtraction`` for ``-``), else by torch's (``tanh``). `backward`: called with a root and its gradient
    (or None) in place of ``root.backward(gradient)``.
    """

    def __init__(
        self, names: Mapping[str, Any], operations: Mapping[str, Callable[..., Any]], backward: Walk | None = None
    ) -> None:
        super().__init__()
        vars(self).update(names)  # before the methods: `tensor` and `asarray` may be replaced too
        self._operations, self._backward = dict(operations), backward

    @contextlib.contextmanager
    def in_force(self, notebook: MutableMapping[str, Any], replaced: set[str]) -> Iterator[None]:
        """Meanwhile torch's operations carry the mistake, and the notebook's names in `replaced` are these names."""
        before = {name: notebook[name] for name in replaced}
        for name in replaced:
            with contextlib.suppress(AttributeError):  # a name that only the student has
                notebook[name] = getattr(self, name)
        try:
            with _interception(self._operations, self._backward):
                yield
        finally:
            notebook.update(before)


def _interception(
    operations: Mapping[str, Callable[..., Any]], backward: Walk | None
) -> contextlib.AbstractContextManager[Any]:
    if not operations and backward is None:
        return contextlib.nullcontext()
    import torch
    from torch.overrides import TorchFunctionMode

    class Interception(TorchFunctionMode):
        """Sees every function of torch, operators included; torch lifts it while it is at work."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            name = func.__name__.strip("_")
            if name == "backward" and backward is not None:
                given = args[1] if len(args) > 1 else (kwargs or {}).get("gradient")
                if given is None and args[0].numel() != 1:
                    return func(*args)  # torch refuses, and so do the mistaken
                return backward(args[0], given)
            if name == "get" and func.__self__ is torch.Tensor.grad and hasattr(args[0], "kept"):
                return args[0].kept  # what a wrong walk left at a leaf: torch lets no other shape be a grad
            if func.__name__.startswith("__r"):  # number - tensor
                name, args = name[1:], (args[1], args[0], *args[2:])
                swapped = operations.get(_OPERATIONS.get(name, name))
                return swapped(*args) if swapped is not None else func(args[1], args[0], *args[2:], **(kwargs or {}))
            operation = operations.get(_OPERATIONS.get(name, name))
            return operation(*args) if operation is not None else func(*args, **(kwargs or {}))

    return Interception()
