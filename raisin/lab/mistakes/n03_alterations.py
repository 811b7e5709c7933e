"""03-graph-nodes: wrong ways to record an operation, each an alteration of a right result.

``alteration(names, result, *operands)`` gets the result with its flag and its node and returns what comes instead.
"""

from collections.abc import Callable
from typing import Any

from raisin.lab.mistakes.frameworks import Names

Alteration = Callable[..., Any]
Which = Callable[[int, Any], bool]

# Which of the operands: by place, and by where they came from.
PLACES: tuple[Which, ...] = (lambda k, x: True, lambda k, x: k == 0, lambda k, x: k == 1)
RARER_PLACES: tuple[Which, ...] = (
    lambda k, x: x.grad_fn is not None,
    lambda k, x: x.grad_fn is None,
    lambda k, x: k == 0 and x.grad_fn is None,
    lambda k, x: k == 1 and x.grad_fn is None,
)


def inputs(function: Callable[..., Any]) -> Alteration:
    """A node, where there is one, keeps function(names, result, *inputs)."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        if result.grad_fn is not None:
            result.grad_fn.inputs = tuple(function(names, result, *result.grad_fn.inputs))
        return result

    return alteration


def copies(which: Which, flag: bool, node: bool) -> Alteration:
    """Copies of the inputs for which `which` holds; with their flag and their node, or without."""

    def copied(names: Names, x: Any) -> Any:
        return names["Tensor"](x.data.copy(), flag and x.requires_grad, x.grad_fn if node else None)

    return inputs(lambda names, result, *own: [copied(names, x) if which(k, x) else x for k, x in enumerate(own)])


def below(x: Any) -> tuple[Any, ...]:
    """The inputs of what made x, or x."""
    return x.grad_fn.inputs if x.grad_fn is not None and x.grad_fn.inputs else (x,)


def flag(function: Callable[..., Any]) -> Alteration:
    """requires_grad of the result is function(result, *operands); the node stays."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        result.requires_grad = function(result, *operands)
        return result

    return alteration


def needs(x: Any) -> bool:
    """Whether x is a Tensor that requires grad."""
    return bool(getattr(x, "requires_grad", False))


def decided(function: Callable[..., bool], flag: bool = True, node: bool = True) -> Alteration:
    """function(*operands) decides on flag and node, or on one of them."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        needed = function(*operands)
        if flag:
            result.requires_grad = needed
        if node and not needed:
            result.grad_fn = None
        return result

    return alteration


def left(first: Any, *others: Any) -> bool:
    """The first operand's flag."""
    return needs(first)


def right(*operands: Any) -> bool:
    """The last operand's flag."""
    return needs(operands[-1])


def every(*operands: Any) -> bool:
    """Whether all operands require grad."""
    return all(needs(x) for x in operands)


def one(*operands: Any) -> bool:
    """Whether exactly one operand requires grad."""
    return sum(needs(x) for x in operands) == 1


def leaves(*operands: Any) -> bool:
    """Whether a leaf among the operands requires grad."""
    return any(needs(x) and x.grad_fn is None for x in operands)


def results(*operands: Any) -> bool:
    """Whether a result among the operands requires grad."""
    return any(needs(x) and x.grad_fn is not None for x in operands)


def node_always(required: bool, count: int = 2) -> Alteration:
    """Where there is no node, one of so many inputs is made; `required`: the flag is set too."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        if result.grad_fn is None:
            own = [x if hasattr(x, "grad_fn") else names["Tensor"](x) for x in operands[:count]]
            result.grad_fn = names["Node"](*own)
        result.requires_grad = result.requires_grad or required
        return result

    return alteration


def without_node(names: Names, result: Any, *operands: Any) -> Any:
    """The result without its node."""
    result.grad_fn = None
    return result


def inverted(names: Names, result: Any, *operands: Any) -> Any:
    """Flag and node where there should be none, and none where there should be some."""
    if result.grad_fn is None:
        return node_always(required=True)(names, result, *operands)
    return names["Tensor"](result.data)


def product_node(names: Names, result: Any, base: Any, given: Any) -> Any:
    """The node of a product of the base with itself."""
    if result.grad_fn is not None:
        result.grad_fn = names["MultiplicationNode"](base, base)
    return result


def on_operands(which: Which, result_too: bool) -> Alteration:
    """The node is put on operands; `result_too`: on the result as well."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        node = result.grad_fn
        for k, x in enumerate(operands):
            if hasattr(x, "grad_fn") and which(k, x):
                x.grad_fn = node
        if not result_too:
            result.grad_fn = None
        return result

    return alteration


def operand_flags(function: Callable[..., bool], which: Which) -> Alteration:
    """requires_grad of operands is set to function(result, operand)."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        for k, x in enumerate(operands):
            if hasattr(x, "grad_fn") and which(k, x):
                x.requires_grad = function(result, x)
        return result

    return alteration


def shared_node() -> Alteration:
    """One node of a class for all results."""
    only: dict[type, Any] = {}

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        if result.grad_fn is not None:
            one = only.setdefault(type(result.grad_fn), result.grad_fn)
            vars(one).update(vars(result.grad_fn))
            result.grad_fn = one
        return result

    return alteration


def of_class(attribute: str) -> Alteration:
    """An attribute of the node is set on its class."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        if result.grad_fn is not None:
            setattr(type(result.grad_fn), attribute, vars(result.grad_fn).pop(attribute))
        return result

    return alteration


def another_node(kind: str) -> Alteration:
    """The node is of the class `kind`."""

    def alteration(names: Names, result: Any, *operands: Any) -> Any:
        if result.grad_fn is not None:
            kept = vars(result.grad_fn)
            result.grad_fn = names[kind]()
            vars(result.grad_fn).update(kept)
        return result

    return alteration


def exponent(function: Callable[[Any], Any]) -> Alteration:
    """The power's node keeps function(exponent)."""

    def alteration(names: Names, result: Any, base: Any, given: Any) -> Any:
        if result.grad_fn is not None:
            result.grad_fn.exponent = function(given)
        return result

    return alteration


def exponent_among_inputs(names: Names, result: Any, base: Any, given: Any) -> Any:
    """The exponent is one more input."""
    if result.grad_fn is not None:
        result.grad_fn.inputs = (*result.grad_fn.inputs, names["Tensor"](given))
    return result


def instead(function: Callable[..., Any], only_if: Callable[..., bool] = lambda *operands: True) -> Alteration:
    """The result is put together from other operations: function(names, *operands)."""
    return lambda names, result, *operands: function(names, *operands) if only_if(*operands) else result


def product_chain(names: Names, base: Any, given: Any) -> Any:
    """The power as a product of products."""
    result = base
    for _ in range(int(given) - 1):
        result = names["multiplication"](result, base)
    return result
