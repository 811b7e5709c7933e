"""What a widget showed when the notebook was saved: tqdm's progress bars in notebooks are widgets."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_MOST_LEVELS, _MOST_WIDGETS = 8, 200
_BAR = 20  # characters


def text_of(view: Any, metadata: Mapping[str, Any]) -> str:
    """The widget in words, a bar of blocks for a progress bar; "" where the notebook does not hold its state."""
    try:
        models = metadata["widgets"][STATE]["state"]
        words = list(_words(models, view["model_id"], 0, [_MOST_WIDGETS]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return ""
    return " ".join(word for word in words if word)


def _words(models: Any, name: str, level: int, left: list[int]) -> Iterator[str]:
    left[0] -= 1
    if level > _MOST_LEVELS or left[0] < 0:
        return
    state = models[name]["state"]
    kind = str(state.get("_model_name", models[name].get("model_name", "")))
    if kind.endswith("ProgressModel"):
        low, high, value = (float(state.get(key, default)) for key, default in (("min", 0), ("max", 100), ("value", 0)))
        share = min(1.0, max(0.0, (value - low) / ((high - low) or 1.0)))
        full = round(_BAR * share)
        yield "|" + "█" * full + " " * (_BAR - full) + "|"
    elif isinstance(state.get("value"), str):
        yield " ".join(unescape(re.sub(r"<[^>]{0,500}>", " ", state["value"][:2000])).split())
    for child in state.get("children", ()):
        yield from _words(models, str(child).removeprefix("IPY_MODEL_"), level + 1, left)
