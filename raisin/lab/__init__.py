"""What a notebook imports: ``from raisin import lab``.

Begin with `start`; check with `same_as_torch`, `equal`, `agreement` and `raises`; extend a class with `add_to`; look
at a computational graph with `draw`; end with `progress` and `submit`. torch, matplotlib and networkx are imported only
when something needs them.
"""

from raisin.lab.compare import agreement, equal, raises, same_as_torch
from raisin.lab.cost import at_most_calls
from raisin.lab.datasets import Images, Raisins, Regression, load_cifar10, load_fashion, load_raisins, load_regression
from raisin.lab.extend import add_to
from raisin.lab.graph import Drawing, draw, show, structure
from raisin.lab.progress import progress
from raisin.lab.session import start
from raisin.lab.submit import submit

__all__ = [
    "Drawing",
    "Images",
    "Raisins",
    "Regression",
    "add_to",
    "agreement",
    "at_most_calls",
    "draw",
    "equal",
    "load_cifar10",
    "load_fashion",
    "load_raisins",
    "load_regression",
    "progress",
    "raises",
    "same_as_torch",
    "show",
    "start",
    "structure",
    "submit",
]
