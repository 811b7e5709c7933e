"""Which cells of a notebook must run so that some of them mean something: by the names that each uses and defines."""

from collections.abc import Collection, Sequence

from raisin.lab import framework

ADDS = "add_to("  # changes a class that an earlier cell has defined, whose name is then no new one


def needed(texts: Sequence[str], spared: Collection[int]) -> set[int]:
    """The places of the cells to run: all, but of the `spared` ones only those that another needs."""
    names = [names_of(text) for text in texts]
    found = set(range(len(texts))) - set(spared)
    found |= {k for k in spared if ADDS in texts[k]}
    while True:
        used = frozenset().union(*(names[k][0] for k in found))
        more = {k for k in spared if k not in found and names[k][1] & used}
        if not more:
            return found
        found |= more


def names_of(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a cell uses and what it defines; nothing where it does not parse."""
    text = framework.without_magics(text)
    return framework.names_of(text) if framework.parses(text) else (frozenset(), frozenset())
