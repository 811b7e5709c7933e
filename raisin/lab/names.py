"""What ``T`` is in a check's program: the notebook's own names, or torch's, behind one face.

Only what DESIGN calls the contract is asked of the student's side; `asarray` and the dtypes come from NumPy there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

# The course's names for what torch calls otherwise.
TORCH_NAMES = {
    "addition": "add",
    "subtraction": "sub",
    "multiplication": "mul",
    "matmul": "matmul",
    "power": "pow",
}
_DTYPES = ("float32", "float64", "int32", "int64", "bool_")


class Names:
    """Attribute access to names; `drawn` collects the shapes of the arrays that a program hands in."""

    def __init__(self) -> None:
        self.drawn: list[tuple[int, ...]] = []

    def _seen(self, data: Any) -> None:
        self.drawn.append(np.shape(data))


class MissingName(AssertionError):
    """A check asked for a name that the notebook does not have."""


class StudentNames(Names):
    """The names of a notebook, looked up when they are used; ``T.optim`` and ``T.nn.functional`` lead to the same.

    A name that the notebook lacks raises MissingName, which says so.
    """

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        super().__init__()
        self._notebook = notebook

    def __getattr__(self, name: str) -> Any:
        if name in ("optim", "nn", "functional"):
            return self
        if name in _DTYPES:
            return getattr(np, name)
        if name not in self._notebook:
            raise MissingName(
                f"`{name}` is not defined in this notebook yet: run the cell that defines it (or, if it belongs to "
                "an earlier notebook, run that one's cell), then this one again"
            )
        return self._notebook[name]

    def tensor(self, data: Any, requires_grad: bool = False) -> Any:
        """The notebook's own `tensor`."""
        self._seen(data)
        return self.__getattr__("tensor")(data, requires_grad=bool(requires_grad))

    def asarray(self, data: Any) -> Any:
        """NumPy's: gradients are arrays in the student's framework."""
        self._seen(data)
        return np.array(data)


class TorchNames(Names):
    """torch under the course's names. torch is imported when the first name is asked for."""

    def __getattr__(self, name: str) -> Any:
        try:
            import torch
        except ImportError as error:
            raise ImportError("this check compares with torch: pip install torch, then run it again") from error
        if name in ("optim", "nn", "functional"):
            return self
        name = TORCH_NAMES.get(name, name)
        for place in (torch, torch.optim, torch.nn.functional, torch.nn, torch.utils.data):
            if hasattr(place, name):
                return getattr(place, name)
        raise AttributeError(f"neither torch nor its optim, nn.functional, nn and utils.data have {name!r}")

    def tensor(self, data: Any, requires_grad: bool = False) -> Any:
        """``torch.tensor`` (a copy) with NumPy's dtype: a list of floats is float64 here, not float32."""
        self._seen(data)
        return self.__getattr__("tensor")(np.array(data), requires_grad=bool(requires_grad))

    def asarray(self, data: Any) -> Any:
        """A torch tensor with the array's content (a copy)."""
        self._seen(data)
        return self.__getattr__("tensor")(np.array(data))
