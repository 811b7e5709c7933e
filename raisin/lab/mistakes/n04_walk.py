"""Tensor.backward: what typical mistakes give at the leaves and on the way to them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n04_nodes import MATRICES, UPSTREAM
from raisin.lab.mistakes.wrong import Walk, add_up, met_first, newest_first, once, walk
from raisin.lab.relations import words_of

# All but the bonus, whose graphs have too many paths for a walk down each.
CHECKS = ("backward:", "addition:", "subtraction", "multiplication:", "power:", *MATRICES)
PRODUCTS = ("multiplication: the same", "matmul: square")
SEVERAL = (  # a leaf is used several times, by the same operation or by all
    *PRODUCTS,
    "backward: ones",
    "addition: a",
    "addition: t",
    "addition: c",
    "subtraction: the same",
    "shared parts",
    "power: inside",
    "matmul: a batch",
)


NOT_ADDED_UP = (
    "not-added-up",
    "gradients that arrive at a leaf are not added up: one of them is kept, or they become one in another way",
    "Tensor.backward: what happens when a gradient is there already?",
)


def _group(key: str, looks_like: str, look_at: str, *walks: Walk, checks: tuple[str, ...] = CHECKS) -> list[Mistake]:
    return [Mistake(key, looks_like, look_at, backward=wrong, checks=checks) for wrong in walks]


def _keep(combine: Callable[[Any, Any], Any]) -> Callable[[Any, torch.Tensor], None]:
    """A leaf that keeps ``combine(what it has, what arrived)``, arrays; it has None at first."""

    def leaf(tensor: Any, arrived: torch.Tensor) -> None:
        tensor.kept = combine(getattr(tensor, "kept", None), arrived.numpy())

    return leaf


def _first(change: Callable[[Any], Any], each: bool = True) -> Callable[[Any, torch.Tensor], None]:
    """A leaf that adds up, but changes every array that arrives, or the first one only."""

    def combine(has: Any, arrived: Any) -> Any:
        if has is None:
            return np.array(change(arrived))
        return has + (change(arrived) if each else arrived)

    return _keep(combine)


def _whole(array: Any) -> Any:
    if not array.astype(int).any():
        raise ArithmeticError("all zeros: that could have many causes")
    return array.astype(int)


def _in_place(has: Any, arrived: Any) -> Any:
    if has is None:
        return arrived
    has += arrived
    return has


def _stop_at_zero(node: Any, arrived: torch.Tensor, memory: dict[Any, Any]) -> torch.Tensor | None:
    return arrived if bool(arrived.any()) else None


def _only_first(node: Any, arrived: torch.Tensor, memory: dict[Any, Any]) -> torch.Tensor | None:
    if node in memory:
        return None
    memory[node] = arrived
    return arrived


def _all_so_far(node: Any, arrived: torch.Tensor, memory: dict[Any, Any]) -> torch.Tensor:
    memory[node] = memory[node] + arrived if node in memory else arrived
    total: torch.Tensor = memory[node]
    return total


def _one_step(node: Any, arrived: torch.Tensor, memory: dict[Any, Any]) -> torch.Tensor | None:
    return arrived if memory.setdefault("root", node) is node else None


def _emptied(root: torch.Tensor, gradient: Any) -> None:
    """torch's walk, after every leaf below has lost what it had."""
    for node in met_first(-1, True)(root.grad_fn) if root.grad_fn is not None else ():
        if hasattr(node, "variable"):
            node.variable.grad = None
    root.backward(gradient)  # type: ignore[no-untyped-call]  # torch has no types for it


MISTAKES = (
    *_group(
        "float32",
        "the gradient went through float32",
        "Tensor.backward: with which dtype is the array made that the leaf keeps?",
        walk(_first(lambda g: g.astype(np.float32))),
        walk(_first(lambda g: g.astype(np.float32), each=False)),
        walk(_keep(lambda has, g: (g if has is None else has + g).astype(np.float32))),
        walk(start=lambda root, g: (torch.ones_like(root) if g is None else g).float().double()),
    ),
    *_group(
        *NOT_ADDED_UP,
        walk(_keep(lambda has, g: np.array(g))),
        walk(_keep(lambda has, g: np.array(g) if has is None else has)),
        walk(_keep(lambda has, g: np.array(g) if has is None else has * g)),
        walk(_keep(lambda has, g: np.array(g) if has is None else np.maximum(has, g))),
        checks=SEVERAL,
    ),
    *_group(
        *NOT_ADDED_UP,
        walk(_keep(lambda has, g: np.array(g) if has is None else has - g)),
        walk(_keep(lambda has, g: np.array(g) if has is None else g - has)),
        walk(_keep(lambda has, g: np.array(g) if has is None else (has + g) / 2)),
        checks=("addition: a leaf", *PRODUCTS),
    ),
    *_group(
        "counted-twice",
        "a gradient that arrives at a leaf is added there more than once",
        "Tensor.backward: how often is a new gradient added?",
        walk(_keep(lambda has, g: np.array(g) if has is None else has + has)),
        walk(_keep(lambda has, g: np.array(g) if has is None else has + g + g)),
        walk(_keep(lambda has, g: np.array(g) if has is None else has + has + g)),
        checks=SEVERAL,
    ),
    *_group(
        "forgets-the-last-walk",
        "every call of backward empties the leaves before it begins",
        "Tensor.backward: what is left of an earlier call?",
        _emptied,
        checks=SEVERAL,
    ),
    *_group(
        "array-shared",
        "an array is changed that somebody else holds too",
        "Tensor.backward and unbroadcast: when is an array changed in place, and who else has it?",
        walk(_keep(_in_place)),
        walk(_keep(_in_place), copies=True),
    ),
    *_group(
        "one-step",
        "the gradient goes one step down from the root and no further",
        "Tensor.backward and the nodes' backward: who calls whom?",
        walk(through=_one_step),
        checks=("addition: two", "subtraction: the same", *PRODUCTS),
    ),
    *_group(
        "stops-at-zero",
        "the walk stops where a gradient is 0: a leaf keeps None where zeros are due",
        "Tensor.backward: which conditions are there, and are they true of an array of zeros?",
        walk(through=_stop_at_zero),
        walk(lambda leaf, g: add_up(leaf, g) if g.any() else None),
    ),
    *_group(
        "one-element",
        "a gradient of a single element does not reach its leaf",
        "Tensor.backward: which conditions are there, and are they true of an array of one element?",
        walk(lambda leaf, g: add_up(leaf, g) if g.numel() > 1 else None),
        walk(lambda leaf, g: add_up(leaf, g) if g.ndim > 0 else None),
    ),
    *_group(
        "first-path-only",
        "a result that is used several times passes on one of the gradients that arrive, and not the others",
        "Tensor.backward: what happens to a gradient that arrives at a result for the second time?",
        walk(through=_only_first),
    ),
    *_group(
        "counted-again",
        "a result that is used several times passes on again what it has passed on before",
        "Tensor.backward: what is passed on when a second gradient arrives at the same result?",
        walk(through=_all_so_far),
    ),
    *_group(
        *UPSTREAM,
        walk(start=lambda root, g: torch.ones_like(root)),
        walk(start=lambda root, g: torch.ones_like(root) if g is None or root.grad_fn is not None else g),
        walk(through=lambda node, arrived, memory: torch.ones_like(arrived)),
        walk(_first(np.ones_like)),
    ),
)

# Tried after the nodes' mistakes, which they could be taken for.
LEAVES = (
    *_group(
        "whole-numbers",
        "the gradient lost the digits behind its point",
        "Tensor.backward: with which dtype is the array made that the leaf keeps?",
        walk(_first(_whole)),
        walk(_first(_whole, each=False)),
    ),
    *_group(
        "start",
        "the walk does not begin with grad_output as it was given",
        "Tensor.backward: what does the first node get?",
        walk(start=lambda root, g: root.detach().clone()),
        walk(start=lambda root, g: root.detach() * (1.0 if g is None else g)),
        walk(start=lambda root, g: root.detach() if g is None else g),
        checks=("backward: ones", "backward: the", *CHECKS[1:]),
    ),
    *_group(
        *words_of("shape"),
        walk(_first(np.ravel)),
        walk(_first(np.ravel, each=False)),
        walk(_first(np.squeeze)),
        walk(_first(np.atleast_1d)),
        walk(_first(np.atleast_2d)),
    ),
)

BONUS = tuple(
    Mistake(key, looks_like, look_at, backward=wrong, checks=checks)
    for key, looks_like, look_at, checks, walks in (
        (
            "some-lost",
            "of several gradients that arrive at a tensor some are lost: it passes on what it has too early, or keeps "
            "the last one only",
            "in which order are the tensors visited, and what happens when something has arrived there already?",
            ("bonus: a sum",),
            (
                once(met_first(-1, True)),
                once(met_first(-1, False)),
                once(met_first(0, True)),
                once(met_first(0, False)),
                once(newest_first, last_wins=True),
            ),
        ),
        (
            "forgets-the-last-walk",
            "every call of backward empties the leaves before it begins, or overwrites what they have",
            "what is left at a leaf of an earlier call?",
            ("bonus: shared",),
            (_emptied,),
        ),
        (*UPSTREAM, ("bonus:",), (lambda root, gradient: root.backward(torch.ones_like(root)),)),
    )
    for wrong in walks
)
