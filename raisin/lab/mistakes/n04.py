"""04-backward: what typical mistakes in the gradients give.

Where several mistakes give the same numbers in some check, they share a key and a sentence that is true of all, or a
simple relation speaks for them, or that check is left out.
"""

from raisin.lab import relations
from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import n04_forms, n04_formulas, n04_nodes, n04_numerical, n04_power, n04_unbroadcast, n04_walk
from raisin.lab.values import Plain


def _simple(key: str) -> Mistake:
    """A relation that is asked for before the mistakes that follow: they could not be told from each other."""

    def shows(got: Plain, due: Plain) -> bool:
        found = relations.related(got, due, ())
        return found is not None and found[0] == key

    return Mistake(*relations.words_of(key), shows=shows)


MISTAKES = (
    *n04_numerical.MISTAKES,
    *n04_forms.MISTAKES,
    *n04_walk.MISTAKES,
    *n04_nodes.NOT_SUMMED,
    *n04_unbroadcast.MISTAKES,
    *n04_power.NEGATIVE,
    *(_simple(key) for key in ("sign", "transposed", "shape", "half", "doubled")),
    *n04_power.MISTAKES,
    *n04_formulas.MISTAKES,
    *n04_nodes.MISTAKES,
    *n04_walk.LEAVES,
    *n04_walk.BONUS,
)
