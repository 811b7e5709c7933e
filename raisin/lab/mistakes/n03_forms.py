"""03-graph-nodes: what the form of a value tells, where a check asks for flags and no single mistake can be told.

Different mistakes leave the same flags there; these sentences name what they have in common.
"""

from collections.abc import Callable, Iterator

import numpy as np

from raisin.lab import values
from raisin.lab.diagnose import Mistake
from raisin.lab.values import Plain


def _not_themselves(got: Plain, due: Plain) -> bool:
    """Of some flags "is it the operand itself?" not all came as due; the numbers and the kinds of nodes are right."""
    assert isinstance(got, list) and isinstance(due, list)
    if isinstance(due[1], list):  # of powers: exponents, flags, values
        return got[1] != due[1] and _same([got[0], got[2]], [due[0], due[2]])
    flags = [k for k, flag in enumerate(due) if isinstance(flag, bool)]
    if len(flags) == 3 and got[0] is not True:  # the first of three asks for the kind of node
        return False
    wrong = [k for k in flags if got[k] != due[k]]
    return bool(wrong) and _same([x for k, x in enumerate(got) if k not in flags], [x for x in due if x is not True])


def _no_power_node(got: Plain, due: Plain) -> bool:
    """The flags "one input and a PowerNode" are wrong; exponents and values are right."""
    assert isinstance(got, list) and isinstance(due, list)
    return got[1] != due[1] and _same([got[0], *got[2:]], [due[0], *due[2:]])


def _same(got: Plain, due: Plain) -> bool:
    return values.differ(got, due) is None


def _flags(value: Plain) -> Iterator[tuple[bool, bool | None]]:
    """requires_grad of every ``[flag, ..., array]`` in a value, and whether it has no node where that is a flag too."""
    if isinstance(value, list):
        if len(value) == 3 and isinstance(value[0], bool) and isinstance(value[2], np.ndarray):
            yield value[0], value[1] if isinstance(value[1], bool) else None
        else:
            for part in value:
                yield from _flags(part)


def _arrays(value: Plain) -> list[Plain]:
    if isinstance(value, list):
        return [array for part in value for array in _arrays(part)]
    return [value] if isinstance(value, np.ndarray) else []


def flags_differ(required: bool | None, without: bool | None) -> Callable[[Plain, Plain], bool]:
    """Flags that came otherwise than due came as these (None: came as due); one at least did, and the arrays are right.

    `required`: requires_grad; `without`: whether there is no node.
    """

    def shows(got: Plain, due: Plain) -> bool:
        wrong = [pair for pair in zip(_flags(got), _flags(due), strict=True) if pair[0] != pair[1]]
        ways = [(g[k], way) for g, d in wrong for k, way in ((0, required), (1, without)) if g[k] != d[k]]
        important = 1 if required is None else 0
        return (
            all(came is way for came, way in ways)
            and any(g[important] != d[important] for g, d in wrong)
            and _same(_arrays(got), _arrays(due))
        )

    return shows


def too_many_inputs(got: Plain, due: Plain) -> bool:
    """Some operation of a graph has more than two inputs."""
    if not isinstance(got, list):
        return False
    inputs = got[2] if len(got) == 3 and got[0] == "op" else got
    return (inputs is not got and isinstance(inputs, list) and len(inputs) > 2) or any(
        too_many_inputs(x, due) for x in inputs if isinstance(inputs, list)
    )


RULE_1 = "rule 1: which operands are asked, in each of the operations?"
MISSING = "flag-missing", "a result does not require a gradient although one of its operands does", RULE_1

TOGETHER = (
    Mistake(
        "kept-alive",
        "a node stays alive after everybody has let go of its result",
        "what else holds it: a list, the class, a global name?",
        shows=lambda got, due: got[0] is False and due[0] is True and _same(got[1], due[1]),
        checks=("that nobody holds",),
    ),
    Mistake(
        "not-themselves",
        "the inputs of a node are not the very operands, each in its place",
        "what does the node get, and in which order?",
        shows=_not_themselves,
        checks=("kept itself", "a MatmulNode with", "power: the node keeps base"),
    ),
    Mistake(
        "number-inputs",
        "beside a plain number the node does not keep the tensor itself, and once",
        "what are the inputs of 2.0 * x?",
        shows=_not_themselves,
        checks=("beside a plain number",),
    ),
    Mistake(
        "power-node",
        "the node of a power is no PowerNode, or has not one input",
        "power and PowerNode: which class, and what is handed to super().__init__?",
        shows=_no_power_node,
        checks=("power: other exponents",),
    ),
    Mistake(
        "inputs-grow",
        "a node has more inputs than its operation has operands",
        "is a list of inputs shared by all nodes, or are other things added to it?",
        shows=too_many_inputs,
    ),
    Mistake(
        *MISSING,
        shows=flags_differ(False, True),
        checks=("over two steps", "plain numbers", "chains of products", "power: flags"),
    ),
)
LEFT_OVER = (
    Mistake("node-never", "a result has no node", "rule 2: what becomes of grad_fn?", shows=flags_differ(None, True)),
    Mistake(
        "node-always",
        "there is a node also where no operand requires a gradient",
        "rule 2: when is a node made?",
        shows=flags_differ(None, False),
    ),
    Mistake(*MISSING, shows=flags_differ(False, True)),
    Mistake(
        "flag-extra",
        "a result requires a gradient although none of its operands does",
        RULE_1,
        shows=flags_differ(True, False),
    ),
)
