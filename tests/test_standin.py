"""The stand-in keeps the contract of notebooks 02 to 06 and 08, against torch."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from raisin.lab import standin

ALL = (
    "02-tensor-arithmetic",
    "03-graph-nodes",
    "04-backward",
    "05-sgd",
    "06-raisin-mlp",
    "08-modules-and-minibatches",
)


def installed(upto: int = 4) -> dict[str, Any]:
    names: dict[str, Any] = {}
    standin.install(names, ALL[:upto])
    return names


@pytest.fixture
def own() -> dict[str, Any]:
    return installed()


EXPRESSIONS: dict[str, Callable[..., Any]] = {
    "addition, rows broadcast": lambda x, y, b, m: x + b,
    "subtraction, columns broadcast": lambda x, y, b, m: (x - y) - x * b,
    "multiplication": lambda x, y, b, m: x * y * b,
    "matmul": lambda x, y, b, m: x @ m,
    "matmul twice": lambda x, y, b, m: (x @ m) * (x @ m) + y,
    "power": lambda x, y, b, m: (x * x + 1) ** 3 - x**0.5**2,
    "negative": lambda x, y, b, m: -x,
    "numbers on either side": lambda x, y, b, m: 2 * x + x * 3 - (1 - x) + (2.5 + x) - (x - 4),
    "a NumPy number on the left": lambda x, y, b, m: np.float64(2) * x,
    "a leaf used often": lambda x, y, b, m: x * x - x + x,
    "a diamond": lambda x, y, b, m: (lambda h: (h * h) * (h + h) - h)(x * b),
}


@pytest.mark.parametrize("case", EXPRESSIONS)
def test_values_and_gradients_are_torchs(own: dict[str, Any], case: str) -> None:
    rng = np.random.default_rng(3)
    data = [rng.uniform(0.5, 2, size=shape) for shape in ((3, 2), (3, 1), (2,), (2, 4))]
    seeds: list[Any] = []
    results = []
    for make in (own["tensor"], torch.tensor):
        leaves = [make(array, requires_grad=True) for array in data]
        # torch takes NumPy's numbers for arrays
        expression = (lambda x, *_: 2.0 * x) if "NumPy" in case and make is torch.tensor else EXPRESSIONS[case]
        result = expression(*leaves)
        seeds = seeds or [rng.normal(size=tuple(result.shape))]
        result.backward(seeds[0] if make is own["tensor"] else torch.tensor(seeds[0]))
        results.append((result, leaves))
    (got, mine), (due, torchs) = results
    assert isinstance(got, own["Tensor"]) and got.shape == tuple(due.shape) and got.requires_grad
    np.testing.assert_allclose(got.data, due.detach().numpy(), rtol=1e-12)
    for leaf, other in zip(mine, torchs, strict=True):
        assert (leaf.grad is None) == (other.grad is None)
        if leaf.grad is not None:
            assert isinstance(leaf.grad, np.ndarray) and leaf.grad.shape == leaf.data.shape
            np.testing.assert_allclose(leaf.grad, other.grad.numpy(), rtol=1e-12, atol=1e-12)


def test_gradients_accumulate_over_calls(own: dict[str, Any]) -> None:
    x = own["tensor"](np.array([1.0, 2.0]), requires_grad=True)
    for _ in range(2):
        (x * x).backward(np.array([1.0, 10.0]))
    np.testing.assert_allclose(x.grad, [4, 80])


def test_the_gradient_is_not_the_seed_itself(own: dict[str, Any]) -> None:
    x = own["tensor"](np.ones(2), requires_grad=True)
    seed = np.ones(2)
    x.backward(seed)
    seed += 1
    np.testing.assert_allclose(x.grad, [1, 1])


def test_leaves_that_do_not_require_grad_have_none(own: dict[str, Any]) -> None:
    x, c = own["tensor"](np.ones(2), requires_grad=True), own["tensor"](np.ones(2))
    (x * c).backward(np.ones(2))
    assert c.grad is None and x.grad is not None


def test_a_root_of_several_elements_needs_a_seed(own: dict[str, Any]) -> None:
    x = own["tensor"](np.ones(2), requires_grad=True)
    with pytest.raises(RuntimeError) as raised:
        (x * x).backward()
    assert type(raised.value) is RuntimeError
    scalar = own["tensor"](3.0, requires_grad=True)
    (scalar * scalar).backward()
    assert scalar.grad == 6 and scalar.grad.shape == ()


def test_a_tensor_is_a_copy_and_operands_stay_untouched(own: dict[str, Any]) -> None:
    array = np.arange(3.0)
    x = own["tensor"](array)
    array += 1
    (x * 2 - 1) ** 2
    np.testing.assert_array_equal(x.data, [0, 1, 2])
    assert x.shape == (3,) and not x.requires_grad and x.grad_fn is None and x.grad is None
    assert own["tensor"](2.5).item() == 2.5 and "2.5" in repr(own["tensor"](2.5))


def test_dtypes_are_numpys(own: dict[str, Any]) -> None:
    x = own["tensor"](np.ones(2, dtype=np.float32))
    assert (2 * x).data.dtype == np.float32
    assert (own["tensor"](np.ones(2, dtype=np.float32)) + own["tensor"](np.ones(2))).data.dtype == np.float64


def test_without_the_nodes_nothing_is_recorded() -> None:
    names = installed(1)
    x = names["tensor"](np.ones(2), requires_grad=True)
    assert (x * x).grad_fn is None
    assert "Node" not in names and not hasattr(x, "backward")


@pytest.mark.parametrize(
    ("operation", "node"),
    [
        ("addition", "AdditionNode"),
        ("subtraction", "SubtractionNode"),
        ("multiplication", "MultiplicationNode"),
        ("matmul", "MatmulNode"),
    ],
)
def test_a_node_has_the_operands_themselves_in_order(operation: str, node: str) -> None:
    names = installed(2)
    x = names["tensor"](np.ones((2, 2)), requires_grad=True)
    c = names["tensor"](np.ones((2, 2)))
    for left, right in ((x, c), (c, x), (x, x)):
        result = names[operation](left, right)
        assert result.requires_grad and type(result.grad_fn) is names[node]
        assert isinstance(result.grad_fn, names["Node"])
        assert len(result.grad_fn.inputs) == 2
        assert result.grad_fn.inputs[0] is left and result.grad_fn.inputs[1] is right
    plain = names[operation](c, c)
    assert plain.grad_fn is None and not plain.requires_grad


def test_a_power_has_its_base_and_its_exponent() -> None:
    names = installed(2)
    x = names["tensor"](np.ones(2), requires_grad=True)
    node = (x**3).grad_fn
    assert len(node.inputs) == 1 and node.inputs[0] is x and node.exponent == 3


def test_backward_written_on_top_of_the_nodes_works() -> None:
    names = installed(2)

    def backward(self: Any, grad_output: Any = None) -> None:
        if self.grad_fn is not None:
            self.grad_fn.backward(grad_output)
        elif self.requires_grad:
            self.grad = grad_output if self.grad is None else self.grad + grad_output

    def of_product(self: Any, grad_output: Any) -> None:
        left, right = self.inputs
        left.backward(grad_output * right.data)
        right.backward(grad_output * left.data)

    names["Tensor"].backward = backward
    names["MultiplicationNode"].backward = of_product
    x = names["tensor"](np.array([2.0, 3.0]), requires_grad=True)
    (x * x * 5).backward(np.array([1.0, 2.0]))
    np.testing.assert_allclose(x.grad, [20, 60])


def test_operators_use_the_notebooks_own_operation_once_it_is_defined(own: dict[str, Any]) -> None:
    x = own["tensor"](np.ones(2))
    for name in ("addition", "subtraction", "multiplication", "matmul", "power"):
        own[name] = lambda left, right, name=name: (name, left, right)
    assert (x + 1, 1 + x, x - 1, 1 - x) == (
        ("addition", x, 1),
        ("addition", 1, x),
        ("subtraction", x, 1),
        ("subtraction", 1, x),
    )
    assert (x * 2, 2 * x, x @ x, x**2) == (
        ("multiplication", x, 2),
        ("multiplication", 2, x),
        ("matmul", x, x),
        ("power", x, 2),
    )
    assert (-x)[0] == "multiplication"


@pytest.mark.parametrize("shape", [(3, 2), (3, 1), (1, 2), (2,), (1,), ()])
def test_unbroadcast_sums_back_to_the_shape(own: dict[str, Any], shape: tuple[int, ...]) -> None:
    grad = np.random.default_rng(1).normal(size=(3, 2))
    leaf = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    (leaf + torch.zeros(3, 2, dtype=torch.float64)).backward(torch.tensor(grad))
    assert leaf.grad is not None
    for given in (grad, np.broadcast_to(grad, (3, 2))):
        got = own["unbroadcast"](given, shape)
        assert isinstance(got, np.ndarray) and got.shape == shape
        np.testing.assert_allclose(got, leaf.grad.numpy())


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_makes_torchs_steps(own: dict[str, Any], momentum: float) -> None:
    rng = np.random.default_rng(2)
    start = [rng.normal(size=shape) for shape in ((2, 3), (3,), (2,))]
    mine = [own["tensor"](array, requires_grad=True) for array in start]
    due = [torch.tensor(array, requires_grad=True) for array in start]
    optimizer = own["SGD"](iter(mine), lr=0.1, momentum=momentum)
    torchs = torch.optim.SGD(due, lr=0.1, momentum=momentum)
    assert isinstance(optimizer, own["Optimizer"])
    for _ in range(10):
        optimizer.zero_grad()
        assert all(p.grad is None for p in mine)
        for p, q in zip(mine[:2], due[:2], strict=True):  # the third has no gradient
            p.grad = rng.normal(size=p.shape)
            q.grad = torch.tensor(p.grad)
        optimizer.step()
        torchs.step()
        for p, q in zip(mine, due, strict=True):
            np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-12)


def test_the_optimizer_alone_has_no_step(own: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        own["Optimizer"]([]).step()


def test_without_torch_it_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError):
        installed()


def test_a_node_that_the_student_wrote_takes_its_part_of_the_walk(own: dict[str, Any]) -> None:
    """Notebook 06 adds operations the stand-in knows nothing of: below, between and above its own ones."""

    class TanhNode(own["Node"]):  # type: ignore[misc]
        def backward(self, grad_output: Any) -> None:
            (operand,) = self.inputs
            operand.backward(grad_output * (1 - np.tanh(operand.data) ** 2))

    def tanh(x: Any) -> Any:
        return own["Tensor"](np.tanh(x.data), x.requires_grad, TanhNode(x) if x.requires_grad else None)

    rng = np.random.default_rng(5)
    data, seed = [rng.normal(size=(3, 2)), rng.normal(size=(2, 4))], rng.normal(size=(3, 4))
    x, w = (own["tensor"](array, requires_grad=True) for array in data)
    a, b = (torch.tensor(array, requires_grad=True) for array in data)
    tanh(tanh(x @ w) * (x @ w) - tanh(x) @ w).backward(seed)
    torch.tanh(torch.tanh(a @ b) * (a @ b) - torch.tanh(a) @ b).backward(torch.tensor(seed))
    assert a.grad is not None and b.grad is not None
    np.testing.assert_allclose(x.grad, a.grad.numpy(), rtol=1e-12)
    np.testing.assert_allclose(w.grad, b.grad.numpy(), rtol=1e-12)


def test_what_the_notebooks_give_to_everybody_is_there(own: dict[str, Any]) -> None:
    x = own["tensor"](np.ones(2), requires_grad=True)
    assert own["array_of"](x) is x.data and own["array_of"](2.5) == 2.5
    assert own["needs_grad"](2.5, x) and not own["needs_grad"](own["tensor"](np.ones(2)), 1.0)


@pytest.mark.parametrize("variable", ["RAISIN_MODE", "NBGRADER_EXECUTION"])
def test_where_a_notebook_is_graded_there_is_no_stand_in(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that installs it by hand, to have torch do the work, gets an error and no framework."""
    monkeypatch.setenv(variable, "grade")
    names: dict[str, Any] = {}
    with pytest.raises(RuntimeError, match="on your own parts"):
        standin.install(names, ALL)
    assert names == {}


def test_the_functions_of_the_raisins_are_torchs_with_their_gradients() -> None:
    names, rng = installed(5), np.random.default_rng(5)
    data, labels = rng.normal(size=(3, 4)), rng.integers(0, 2, size=(3, 4)) * 1.0
    found = []
    for T, make, loss in (
        (names, names["tensor"], names["binary_cross_entropy"]),
        (vars(torch), torch.tensor, torch.nn.functional.binary_cross_entropy),
    ):
        x = make(data, requires_grad=True)
        result = loss(T["sigmoid"](T["tanh"](x) * 2.0 + x), make(labels)) * 3.0
        result.backward()
        found.append((result.item(), np.asarray(x.grad)))
    (got, mine), (due, torchs) = found
    assert got == pytest.approx(due, rel=1e-12)
    np.testing.assert_allclose(mine, torchs, rtol=1e-12)
    constant = names["tanh"](names["tensor"](data))
    assert not constant.requires_grad and constant.grad_fn is None
    assert isinstance(names["tanh"](names["tensor"](data, requires_grad=True)).grad_fn, names["TanhNode"])
    with pytest.raises(ValueError):
        names["binary_cross_entropy"](names["tensor"](labels), names["tensor"](labels[0]))


def test_a_node_of_the_students_own_is_not_taken_for_the_stand_ins() -> None:
    """In notebook 06 the student writes TanhNode: its own backward counts."""
    names = installed(4)

    class TanhNode(names["Node"]):  # type: ignore[misc]
        def backward(self, grad_output: Any) -> None:
            self.inputs[0].backward(10.0 * grad_output)

    x = names["tensor"](np.ones(2), requires_grad=True)
    (names["Tensor"](np.tanh(x.data), True, TanhNode(x)) * 2.0).backward(np.ones(2))
    np.testing.assert_allclose(x.grad, [20.0, 20.0])


def test_a_gradient_that_reaches_a_constant_is_dropped(own: dict[str, Any]) -> None:
    """A node of the student's need not ask who requires grad."""

    class BothNode(own["Node"]):  # type: ignore[misc]
        def backward(self, grad_output: Any) -> None:
            for operand in self.inputs:
                operand.backward(grad_output)

    x, c = own["tensor"](np.ones(2), requires_grad=True), own["tensor"](np.ones(2))
    own["Tensor"](x.data + c.data, True, BothNode(c, x)).backward(np.array([3.0, 4.0]))
    np.testing.assert_array_equal(x.grad, [3.0, 4.0])
    assert c.grad is None


# --- Notebook 08 ------------------------------------------------------------------------------------------------------


def test_a_net_lists_prints_and_switches_as_torchs() -> None:
    """Own Parameters first, shared ones once, modules by attribute; the text to the letter."""

    def net(T: Any, make: Any) -> Any:
        class Net(T["Module"]):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.body = T["Sequential"](
                    T["Linear"](3, 4), T["Tanh"](), T["Dropout"](0.25), T["Linear"](4, 2, False)
                )
                self.parts = T["ModuleList"]([T["Linear"](2, 2), T["Sigmoid"]()])
                self.again, self.offset = self.body[0], T["Parameter"](make(np.ones(2)))

        return Net()

    names = installed(6)
    mine, due = net(names, names["tensor"]), net(vars(torch.nn), torch.tensor)
    listed = [[(name, tuple(p.shape)) for name, p in one.named_parameters()] for one in (mine, due)]
    assert listed[0] == listed[1] and len(mine.parameters()) == 6
    assert repr(mine) == repr(due)
    assert mine.eval() is mine and not mine.body[2].training and mine.train().parts[1].training
    for p in mine.parameters():
        p.grad = np.ones(p.shape)
    mine.zero_grad()
    assert all(p.grad is None for p in mine.parameters())


def test_a_net_of_the_stand_in_learns_and_the_same_seed_gives_the_same() -> None:
    names, rng = installed(6), np.random.default_rng(7)
    X = rng.normal(size=(60, 2))
    y = (X[:, :1] * X[:, 1:] > 0) * 1.0
    ends = []
    for kind, options in (("Adam", {"lr": 0.05}), ("Adam", {"lr": 0.05}), ("RMSprop", {}), ("SGD", {"lr": 0.1})):
        names["manual_seed"](3)
        start = names["generator"].normal()
        net = names["Sequential"](names["Linear"](2, 8), names["Tanh"](), names["Linear"](8, 1), names["Sigmoid"]())
        rows = names["TensorDataset"](names["tensor"](X), names["tensor"](y))
        loader = names["DataLoader"](rows, batch_size=25, shuffle=True)
        optimizer = names[kind](net.parameters(), **options)
        losses = []
        for _ in range(12):
            for x, target in loader:
                optimizer.zero_grad()
                loss = names["binary_cross_entropy"](net(x), target)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        assert len(loader) == 3 and len(losses) == 36 and np.mean(losses[-3:]) < np.mean(losses[:3])
        ends.append((start, losses[-1]))
    assert ends[0] == ends[1] != ends[2]


def test_inside_no_grad_the_stand_in_records_nothing() -> None:
    names = installed(6)
    w = names["Parameter"](np.ones((2, 3)))
    with names["no_grad"]():
        inside = [w * 2.0, names["tanh"](w), w.T]
    assert not any(x.requires_grad or x.grad_fn for x in inside)
    (w.T @ w).backward(np.ones((3, 3)))
    np.testing.assert_array_equal(w.grad, np.full((2, 3), 6.0))


def test_dropout_of_the_stand_in_drops_in_training_only() -> None:
    names = installed(6)
    drop, x = names["Dropout"](0.5), names["tensor"](np.ones((40, 50)))
    assert set(np.unique(drop(x).data)) == {0.0, 2.0}
    assert set(np.unique(drop.eval()(x).data)) == {1.0}
