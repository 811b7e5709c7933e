"""Which cells must run for some of them to mean something."""

from raisin.grading.needed import needed


def test_what_is_not_spared_runs_whatever_it_is() -> None:
    assert needed(["x = 1", "y = 2"], ()) == {0, 1}


def test_of_what_is_spared_only_what_another_uses_runs() -> None:
    cells = ["import numpy as np", "table = np.ones(3)", "print('shown')", "total = table.sum()"]
    assert needed(cells, {0, 1, 2}) == {0, 1, 3}


def test_a_need_is_followed_through_several_cells_in_any_order() -> None:
    assert needed(["c = b()", "def b():\n    return a", "a = 1", "print(c)", "d = a"], {0, 1, 2, 4}) == {0, 1, 2, 3}


def test_a_name_inside_a_function_that_is_its_own_is_no_need() -> None:
    assert needed(["rows = 3", "def f():\n    rows = 1\n    return rows"], {0}) == {1}


def test_magics_are_passed_over_and_what_does_not_parse_needs_nothing() -> None:
    assert needed(["a = 1", "%matplotlib inline\nprint(a)", "b = 1", "print(b"], {0, 2}) == {0, 1, 3}


def test_what_adds_to_an_earlier_class_runs() -> None:
    assert needed(["class T: pass", "@lab.add_to(T)\ndef f(self): ...", "T().f()"], {1}) == {0, 1, 2}
