"""08-modules-and-minibatches: mistakes in how a module prints, put into torch's."""

from collections.abc import Callable
from typing import Any

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n08_modules import module_with


def _text(
    moved: Callable[[str], str] = lambda text: text.replace("\n", "\n  "),
    child: Callable[[str, str], str] = lambda name, text: f"({name}): {text}",
    head: Callable[[Any], str] = lambda module: type(module).__name__,
    extra_with_children: bool = True,
    between: str = "\n",
    form: str = "{name}(\n  {inside}\n)",
) -> Callable[[Any], str]:
    """How a module prints, with one thing done otherwise."""

    def text(self: Any) -> str:
        children = [child(name, repr(one)) for name, one in self._modules.items()]
        extra = [self.extra_repr()] if self.extra_repr() and (extra_with_children or not children) else []
        if not children:
            return f"{type(self).__name__}({''.join(extra)})"
        return form.format(name=head(self), inside=moved(between.join([*extra, *children])))

    return text


def _printed(key: str, looks_like: str, look_at: str, text: Callable[[Any], str]) -> Mistake:
    names = {"Module": module_with(__repr__=text)}
    return Mistake(key, looks_like, f"__repr__: {look_at}", names=names, checks=("print: ",))


_MOVED = "lines are not moved to the right as far as they should be"
PRINTED = (
    _printed("print-deep", _MOVED, "what happens to all lines of a child's text?", _text(lambda text: text)),
    _printed(
        "print-deep",
        _MOVED,
        "what happens to all lines of a child's text?",
        _text(lambda text: text, between="\n  "),
    ),
    _printed("print-deep", _MOVED, "by how many blanks?", _text(lambda text: text.replace("\n", "\n    "))),
    _printed(
        "print-deep",
        _MOVED,
        "by how many blanks?",
        _text(lambda text: text.replace("\n", "\n    "), form="{name}(\n    {inside}\n)"),
    ),
    _printed(
        "print-extra",
        "extra_repr is missing where a module has children",
        "what is the first line inside?",
        _text(extra_with_children=False),
    ),
    _printed(
        "print-name",
        "the children's names are not in brackets",
        "what stands before a child?",
        _text(child=lambda name, text: f"{name}: {text}"),
    ),
    _printed(
        "print-end", "the last bracket has no line of its own", "how does it end?", _text(form="{name}(\n  {inside})")
    ),
    _printed("print-class", "all modules are called Module", "whose name is it?", _text(head=lambda module: "Module")),
    _printed("print-between", "something stands between the children", "what ends a line?", _text(between=",\n")),
    _printed(
        "print-line",
        "the children are on one line",
        "what stands between them?",
        _text(lambda text: text, between=", ", form="{name}({inside})"),
    ),
)
