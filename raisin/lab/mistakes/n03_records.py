"""03-graph-nodes: mistakes in flags, nodes and inputs, from specific to general."""

from dataclasses import dataclass

from raisin.lab.mistakes import n03_alterations as do
from raisin.lab.mistakes.n03_alterations import PLACES, RARER_PLACES, Alteration


@dataclass(frozen=True)
class Wrong:
    """A mistake in recording: its words, and alterations that make it.

    `only`: the operation that can have it. `rare`: it is looked for in single operations only, in their own checks.
    """

    key: str
    looks_like: str
    look_at: str
    alterations: tuple[Alteration, ...]
    only: str = ""
    rare: bool = False


RECORDS = (
    Wrong(
        "last-exponent",
        "all powers share one exponent, the last one",
        "PowerNode: is it set on self, and is there a node for every result?",
        (do.of_class("exponent"),),
        only="power",
    ),
    Wrong(
        "other-node",
        "the node is of another class than its operation",
        "which of the node classes belongs to this operation?",
        tuple(
            do.another_node(kind)
            for kind in ("AdditionNode", "MultiplicationNode", "SubtractionNode", "MatmulNode", "PowerNode", "Node")
        ),
    ),
    Wrong(
        "power-node",
        "the node of a power is no PowerNode, or has not one input",
        "which class, and what is handed to super().__init__?",
        (do.product_node,),
        only="power",
    ),
    Wrong(
        "order",
        "the inputs are kept in the wrong order",
        "which operand does inputs begin with?",
        (do.inputs(lambda names, result, *own: own[::-1]),),
    ),
    Wrong(
        "set",
        "an operand that is used twice is kept once",
        "what does a set, or a dictionary, do with two equal things?",
        (do.inputs(lambda names, result, *own: dict.fromkeys(own)),),
    ),
    Wrong(
        "some-inputs",
        "an operand is missing among the inputs",
        "are both operands kept, also one that requires no gradient?",
        (
            do.inputs(lambda names, result, *own: [x for x in own if x.requires_grad]),
            do.inputs(lambda names, result, *own: own[:1]),
            do.inputs(lambda names, result, *own: own[1:]),
            do.inputs(lambda *_: ()),
        ),
    ),
    Wrong(
        "arrays",
        "the inputs are arrays, or new Tensors without a past, and the graph ends there",
        "what does the node get: the operands, or what is in them?",
        (do.copies(PLACES[0], flag=False, node=False),),
    ),
    Wrong(
        "copies",
        "the inputs are copies of the operands",
        "is a new Tensor made before the node gets it?",
        tuple(do.copies(PLACES[0], flag=True, node=node) for node in (False, True)),
    ),
    Wrong(
        "exponent-input",
        "the exponent is kept among the inputs, as if it were a tensor",
        "PowerNode: which of its two belongs to inputs?",
        (do.exponent_among_inputs,),
        only="power",
    ),
    Wrong(
        "inputs-twice",
        "an operand is among the inputs more often than it is used",
        "what is handed to Node, and what to super().__init__?",
        (do.inputs(lambda names, result, *own: own * 2), do.inputs(lambda names, result, *own: [*own, own[0]])),
    ),
    Wrong(
        "last-inputs",
        "all results have the inputs of the last one",
        "is there a node for every result, and are its inputs its own or the class's?",
        (do.shared_node(), do.of_class("inputs")),
    ),
    Wrong(
        "result-kept",
        "the node keeps the result",
        "what was the result made of?",
        (
            do.inputs(lambda names, result, *own: [names["Tensor"](result.data) for _ in own]),
            do.inputs(lambda names, result, *own: [names["Tensor"](result.data)]),
            do.inputs(lambda names, result, *own: [result for _ in own]),
            do.inputs(lambda names, result, *own: [result]),
            do.inputs(lambda names, result, *own: [*own, result]),
            do.inputs(lambda names, result, *own: [result, *own]),
            do.inputs(lambda names, result, *own: [*own, names["Tensor"](result.data)]),
        ),
    ),
    Wrong("node-never", "a result has no node", "rule 2: what becomes of grad_fn?", (do.without_node,)),
    Wrong(
        "node-on-operand",
        "the node is put on an operand",
        "whose grad_fn is set?",
        tuple(do.on_operands(which, too) for too in (False, True) for which in (*PLACES, *RARER_PLACES)),
    ),
    Wrong(
        "node-always",
        "there is a node also where no operand requires a gradient",
        "rule 2: when is a node made?",
        (do.node_always(required=False), do.node_always(required=False, count=1)),
    ),
    Wrong(
        "flag-lost",
        "requires_grad does not spread to the result",
        "rule 1: what is handed to the result?",
        (do.flag(lambda *_: False), lambda names, result, *_: names["Tensor"](result.data)),
    ),
    Wrong(
        "flag-always",
        "every result requires a gradient",
        "rule 1: what decides on requires_grad?",
        (do.flag(lambda *_: True), do.node_always(required=True), do.node_always(required=True, count=1)),
    ),
    Wrong(
        "inverted",
        "the rule is turned round: flag and node are there where no operand requires a gradient, and only there",
        "rules 1 and 2: is there a not too many?",
        (do.inverted, do.decided(lambda *operands: not any(map(do.needs, operands)))),
    ),
    Wrong(
        "one-decides",
        "only one of the operands decides whether the result requires a gradient",
        "rule 1: is each of the two asked?",
        (do.decided(do.left), do.decided(do.right)),
    ),
    Wrong(
        "all-decide",
        "the result requires a gradient only if all operands do",
        "rule 1: is one of them enough?",
        (do.decided(do.every),),
    ),
    Wrong(
        "leaves-decide",
        "only some tensors hand on requires_grad: only leaves, or only results, or only one at a time",
        "rule 1: does it matter where an operand came from, or what the other one is?",
        (do.decided(do.leaves), do.decided(do.results), do.decided(do.one)),
    ),
    Wrong(
        "operand-flags",
        "the operation changes requires_grad of its operands",
        "on which tensor is the flag set?",
        tuple(
            do.operand_flags(function, which)
            for function in (lambda result, x: result.requires_grad, lambda *_: True, lambda *_: False)
            for which in PLACES
        ),
    ),
    Wrong(
        "two-nodes",
        "one operation is put together from others and leaves several nodes",
        "one operator, one node: which functions does it call?",
        (
            do.instead(lambda names, x, y: names["addition"](x, names["multiplication"](-1.0, y))),
            do.instead(lambda names, x, y: names["addition"](x, names["multiplication"](y, -1.0))),
            do.instead(lambda names, x, y: names["addition"](names["multiplication"](-1.0, y), x)),
        ),
        only="subtraction",
    ),
    Wrong(
        "two-nodes",
        "a power is put together from products and leaves several nodes, or other ones",
        "one operator, one node: which functions does it call?",
        (
            do.instead(do.product_chain),
            do.instead(do.product_chain, lambda base, given: given == 2),
            do.instead(do.product_chain, lambda base, given: given == int(given) > 0),
        ),
        only="power",
    ),
    Wrong(
        "exponent",
        "the exponent that is kept is not the one that was given",
        "PowerNode: what is exponent set to?",
        tuple(
            do.exponent(function)
            for function in (
                lambda given: 2,
                int,
                round,
                abs,
                lambda given: given - 1,
                lambda given: given + 1,
                lambda given: -given,
                lambda given: 0,
                lambda given: 1,
                lambda given: 3,
                lambda given: None,
                str,
            )
        ),
        only="power",
    ),
)
