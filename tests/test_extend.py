"""Classes that grow in place, and keep their identity when their cell runs again."""

from collections.abc import Iterator
from typing import Any

import pytest

from raisin.lab import extend
from raisin.lab.extend import add_to, keep_identity


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    extend.forget()
    yield
    extend.forget()


def test_old_instances_and_subclasses_see_what_was_added() -> None:
    class Base:
        value = 2

    class Derived(Base):
        def double(self) -> int:
            return super().double() + 100  # type: ignore[misc,no-any-return]

    old = Base(), Derived()

    @add_to(Base)
    def double(self: Any) -> int:
        return int(2 * self.value)

    assert [x.double() for x in old] == [4, 104]  # type: ignore[attr-defined]


def test_adding_again_changes_nothing_and_a_new_version_replaces_the_old() -> None:
    class Thing:
        pass

    def cell(result: int) -> None:
        @add_to(Thing)
        def f(self: Any) -> int:
            return result

    thing = Thing()
    cell(1)
    before = set(vars(Thing))
    cell(1)
    assert set(vars(Thing)) == before and thing.f() == 1  # type: ignore[attr-defined]
    cell(2)
    assert thing.f() == 2  # type: ignore[attr-defined]


def test_properties_class_and_static_methods_can_be_added() -> None:
    class Thing:
        pass

    @add_to(Thing)
    @property
    def size(self: Any) -> int:
        return 3

    @add_to(Thing)
    @classmethod
    def named(cls: Any) -> str:
        return str(cls.__name__)

    @add_to(Thing)
    @staticmethod
    def one() -> int:
        return 1

    thing: Any = Thing()
    assert (thing.size, thing.named(), thing.one()) == (3, "Thing", 1)


def test_what_is_added_is_named_after_its_class() -> None:
    class Thing:
        pass

    @add_to(Thing)
    def f(self: Any) -> None: ...

    assert f.__qualname__ == "Thing.f"


@pytest.mark.parametrize("target", ["Tensor", None, 3])
def test_add_to_wants_a_class(target: Any) -> None:
    with pytest.raises(TypeError, match=r"lab\.add_to needs a class"):
        add_to(target)


def test_add_to_stands_above_a_function() -> None:
    with pytest.raises(TypeError, match="above a function"):
        add_to(type("A", (), {}))(3)


def again(names: dict[str, Any], source: str) -> None:
    """Run the cell of a class a second time, as the notebook does."""
    before = {name: value for name, value in names.items() if isinstance(value, type)}
    exec(source, names)
    for name, old in before.items():
        if names[name] is not old:
            keep_identity(names, name, old)


TENSOR = """
class Tensor:
    def __init__(self, data):
        self.data = data
    def twice(self):
        return 2 * self.data
"""


def test_instances_made_before_stay_instances_with_the_new_methods() -> None:
    names: dict[str, Any] = {}
    exec(TENSOR, names)
    cls, old = names["Tensor"], names["Tensor"](4)
    again(names, TENSOR.replace("2 *", "3 *").replace("twice", "thrice"))
    assert names["Tensor"] is cls
    assert isinstance(old, names["Tensor"]) and type(names["Tensor"](1)) is type(old)
    assert old.thrice() == 12
    assert not hasattr(old, "twice")


def test_what_was_added_later_is_added_again() -> None:
    names: dict[str, Any] = {}
    exec(TENSOR, names)
    add_to(names["Tensor"])(lambda self: 7)
    exec("def backward(self):\n    return 8\n", names)
    add_to(names["Tensor"])(names["backward"])
    again(names, TENSOR)
    assert names["Tensor"](1).backward() == 8


def test_instances_that_the_cell_itself_makes_belong_to_the_class() -> None:
    names: dict[str, Any] = {}
    source = TENSOR + "ZERO = Tensor(0)\n"
    exec(source, names)
    again(names, source)
    assert isinstance(names["ZERO"], names["Tensor"])


SUPER = """
import functools
def same(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner
class Node:
    def __init__(self, *inputs):
        self.inputs = inputs
    @property
    def arity(self):
        return len(self.inputs)
class PowerNode(Node):
    def __init__(self, x, exponent):
        super().__init__(x)
        self.exponent = exponent
    @property
    def arity(self):
        return super().arity + 1
    @same
    def decorated(self):
        return super().arity
    @classmethod
    def make(cls):
        return super().__new__(cls)
"""


def test_super_without_arguments_works_after_the_cell_ran_again() -> None:
    names: dict[str, Any] = {}
    exec(SUPER, names)
    old = names["PowerNode"](1, 2)
    for _ in range(3):
        again(names, SUPER)
        for node in (old, names["PowerNode"](1, 2)):
            assert (node.exponent, node.arity, node.decorated()) == (2, 2, 1)
            assert isinstance(node, names["Node"]) and isinstance(node, names["PowerNode"])
        assert isinstance(names["PowerNode"].make(), names["PowerNode"])


def test_a_subclass_of_another_cell_sees_the_new_base() -> None:
    names: dict[str, Any] = {}
    exec("class Node:\n    def say(self): return 'old'\n", names)
    exec("class AddNode(Node):\n    def say(self): return super().say() + '!'\n", names)
    old = names["AddNode"]()
    again(names, "class Node:\n    def say(self): return 'new'\n")
    assert old.say() == "new!" and issubclass(names["AddNode"], names["Node"])


@pytest.mark.parametrize(
    "source",
    [
        "class Tensor:\n    __slots__ = ('data',)\n",
        "import abc\nclass Tensor(abc.ABC):\n    pass\n",
        "from typing import NamedTuple\nclass Tensor(NamedTuple):\n    data: int = 0\n",
        "import enum\nclass Tensor(enum.Enum):\n    A = 1\n",
    ],
)
def test_where_python_cannot_keep_the_class_the_new_one_is_taken(source: str) -> None:
    names: dict[str, Any] = {}
    exec(source, names)
    old = names["Tensor"]
    again(names, source)
    assert names["Tensor"] is not old
    assert isinstance(names["Tensor"], type)


def test_the_new_class_gets_what_was_added_where_the_old_one_cannot_live_on() -> None:
    names: dict[str, Any] = {}
    source = "class Tensor:\n    __slots__ = ('data',)\n"
    exec(source + "def f(self): return 5\n", names)
    add_to(names["Tensor"])(names["f"])
    again(names, source)
    assert names["Tensor"]().f() == 5


def test_a_class_made_from_its_own_predecessor_is_a_new_class() -> None:
    names: dict[str, Any] = {}
    exec(TENSOR, names)
    old = names["Tensor"]
    again(names, "class Tensor(Tensor):\n    extra = 1\n")
    assert names["Tensor"] is not old and names["Tensor"](2).twice() == 4


def test_new_bases_fall_back_to_the_new_class_where_need_be() -> None:
    names: dict[str, Any] = {}
    exec(TENSOR, names)
    again(names, "class Base:\n    pass\n" + TENSOR.replace("Tensor:", "Tensor(Base):"))
    assert issubclass(names["Tensor"], names["Base"]) and names["Tensor"](2).twice() == 4
