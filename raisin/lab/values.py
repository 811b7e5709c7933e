"""Values in plain form, and the first place where two of them differ.

Whatever a check's program returns (the student's Tensors, torch's, arrays, numbers, flags, shapes, any nesting)
becomes nested lists and dictionaries of arrays, bools, strings and None. Pure: nothing here prints or draws.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plain = None | bool | str | NDArray[Any] | list[Any] | dict[str, Any]

RELATIVE = 1e-9
RELATIVE_FLOAT32 = 1e-5


@dataclass(frozen=True)
class Difference:
    """Where `got` first differs from `due`: a path such as ``[1]``, an index, and both sides in words."""

    where: str
    got: str
    due: str
    note: str = ""


def plain(value: Any) -> Plain:
    """`value` as nested plain data; arrays are copied at once, so that later changes do not reach them.

    Raises TypeError for what no check can compare.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.ndarray | np.number | int | float | complex):
        return np.array(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "detach") and hasattr(value, "numpy"):  # torch.Tensor, without importing torch
        return np.array(value.detach().cpu().numpy())
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return str(np.dtype(value))
    if type(value).__module__ == "torch" and type(value).__name__ == "dtype":
        return str(value).removeprefix("torch.")
    data = getattr(value, "data", None)
    if isinstance(data, np.ndarray | np.number | int | float):
        return np.array(data)
    if data is not None:
        raise TypeError(f"a {type(value).__name__} whose .data is a {type(data).__name__}, where an array was expected")
    raise TypeError(f"a {type(value).__name__} where numbers, a Tensor or an array were expected")


def differ(got: Plain, due: Plain, scale: float = 1.0, float32: bool = False, where: str = "") -> Difference | None:
    """The first difference, or None. Arrays: max|got - due| <= 1e-9 * max(max|due|, scale); 1e-5 for float32."""
    if isinstance(due, list) and isinstance(got, list) and len(got) == len(due):
        for i, (g, d) in enumerate(zip(got, due, strict=True)):
            if found := differ(g, d, scale, float32, f"{where}[{i}]"):
                return found
        return None
    if isinstance(due, dict) and isinstance(got, dict) and list(got) == list(due):
        for key in due:
            if found := differ(got[key], due[key], scale, float32, f"{where}[{key!r}]"):
                return found
        return None
    if isinstance(due, np.ndarray) and isinstance(got, np.ndarray):
        return _arrays_differ(got, due, scale, RELATIVE_FLOAT32 if float32 else RELATIVE, where)
    if type(got) is type(due) and not isinstance(due, list | dict) and got == due:
        return None
    return Difference(where, in_words(got), in_words(due))


def _arrays_differ(
    got: NDArray[Any], due: NDArray[Any], scale: float, relative: float, where: str
) -> Difference | None:
    if got.shape != due.shape:
        return Difference(where, f"shape {got.shape}", f"shape {due.shape}", "the shapes differ")
    if not {got.dtype.kind, due.dtype.kind} <= set("biufc") or (got.dtype.kind == "b") != (due.dtype.kind == "b"):
        return Difference(where, f"an array of {got.dtype}", f"an array of {due.dtype}", "not the same kind of entries")
    if due.size == 0:
        return None
    # Flags and unsigned integers have no difference of their own.
    wide = np.complex128 if "c" in (got.dtype.kind, due.dtype.kind) else np.float64
    got, due = got.astype(wide), due.astype(wide)
    with np.errstate(all="ignore"):
        finite = np.abs(due[np.isfinite(due)])
        bound = relative * max(float(finite.max(initial=0.0)), scale)
        same = (got == due) | (np.isnan(got) & np.isnan(due)) | (np.abs(got - due) <= bound)
    if same.all():
        return None
    index = tuple(int(i) for i in np.argwhere(~same)[0])
    wrong = int((~same).sum())
    note = f"{wrong} of {due.size} entries differ" if due.size > 1 else ""
    at = f"{where}[{', '.join(map(str, index))}]" if index else where
    return Difference(at, f"{got[index]:.12g}", f"{due[index]:.12g}", note)


def entries(value: Plain) -> Plain:
    """A list of numbers or flags as one array (predictions may be either); anything else as it is."""
    if isinstance(value, list) and all(isinstance(v, bool | np.ndarray) and np.ndim(v) == 0 for v in value):
        return np.array(value)
    return value


def in_words(value: Plain) -> str:
    """A short description for a message: never a whole array."""
    if isinstance(value, np.ndarray):
        return f"{value:.12g}" if value.ndim == 0 and value.dtype.kind in "iuf" else f"an array of shape {value.shape}"
    if isinstance(value, list):
        if len(value) <= 4 and all(isinstance(v, np.ndarray) and v.ndim == 0 for v in value):
            return f"({', '.join(map(str, value))})"
        return f"a sequence of {len(value)}"
    if isinstance(value, dict):
        return f"a mapping with {', '.join(value)}"
    return repr(value)


def shapes(value: Plain) -> str:
    """The shapes of the arrays in a value, for example ``(3, 2), (2,)``; numbers in a sequence are passed over."""
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return ", ".join(text for item in inner if (text := shapes(item)) not in ("", "()"))
    return ""
