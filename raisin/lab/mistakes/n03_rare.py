"""03-graph-nodes: the mistakes of `n03_records` in rarer places, tried after them."""

from raisin.lab.mistakes import n03_alterations as do
from raisin.lab.mistakes.n03_alterations import PLACES, RARER_PLACES
from raisin.lab.mistakes.n03_records import Wrong

RECORDS = (
    Wrong(
        "arrays",
        "some inputs are arrays, or new Tensors without a past, and the graph ends there",
        "what does the node get: the operands, or what is in them?",
        tuple(do.copies(which, flag=False, node=False) for which in (*PLACES[1:], *RARER_PLACES)),
        rare=True,
    ),
    Wrong(
        "copies",
        "some inputs are copies of the operands",
        "is a new Tensor made before the node gets it?",
        tuple(
            do.copies(which, flag=True, node=node) for which in (*PLACES[1:], *RARER_PLACES) for node in (False, True)
        ),
        rare=True,
    ),
    Wrong(
        "some-inputs",
        "an operand is missing among the inputs",
        "are both operands kept, wherever they came from?",
        (
            do.inputs(lambda names, result, *own: own[:1] * len(own)),
            do.inputs(lambda names, result, *own: own[1:] * len(own)),
            do.inputs(lambda names, result, *own: [x for x in own if x.grad_fn is None]),
            do.inputs(lambda names, result, *own: [x for x in own if x.grad_fn is not None]),
            do.inputs(lambda names, result, *own: [x for x in own if x.grad_fn is None and x.requires_grad]),
        ),
        rare=True,
    ),
    Wrong(
        "flattened",
        "the node keeps the inputs of its inputs",
        "which tensors did this very operation work on?",
        (
            do.inputs(lambda names, result, *own: [y for x in own for y in do.below(x)]),
            do.inputs(lambda names, result, *own: [do.below(x)[0] for x in own]),
        ),
        rare=True,
    ),
    Wrong(
        "one-decides",
        "only one of the operands decides on the flag, or on the node",
        "rules 1 and 2: is each of the two asked?",
        tuple(do.decided(who, flag, not flag) for who in (do.left, do.right) for flag in (True, False)),
        rare=True,
    ),
    Wrong(
        "all-decide",
        "there is a flag, or a node, only if all operands require a gradient",
        "rules 1 and 2: is one of them enough?",
        (do.decided(do.every, node=False), do.decided(do.every, flag=False)),
        rare=True,
    ),
)
