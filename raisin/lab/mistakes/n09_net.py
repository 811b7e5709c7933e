"""09-lenet: mistakes in LeNet, in the walk along a graph, in the update and in training."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.forms import same

Tensor = torch.Tensor
Bends = tuple[Callable[[Tensor], Tensor], ...]  # behind conv1, conv2, fc1, fc2, fc3


def _none(x: Tensor) -> Tensor:
    return x


def _lenet(bends: Sequence[Callable[[Tensor], Tensor]]) -> Callable[..., Tensor]:
    """The scores as the hidden checks compute them, with other bends."""

    def formula(T: Any, x: Tensor, numbers: Sequence[Tensor]) -> Tensor:
        for k in (0, 1):
            x = torch.max_pool2d(bends[k](torch.conv2d(x, numbers[2 * k], numbers[2 * k + 1])), 2)
        x = x.flatten(1)
        for k in (2, 3, 4):
            x = bends[k](x @ numbers[2 * k].T + numbers[2 * k + 1])
        return x

    return formula


def _bent(key: str, looks_like: str, look_at: str, *bends: Sequence[Callable[[Tensor], Tensor]]) -> list[Mistake]:
    made = [{"lenet_formula": _lenet(one)} for one in bends]
    return [
        Mistake(key, looks_like, f"LeNet.forward: {look_at}", names=names, checks=("LeNet: scores",)) for names in made
    ]


def _but(**others: Callable[[Tensor], Tensor]) -> Bends:
    """relu everywhere but at the end, and but for these: at=…, by place."""
    bends: list[Callable[[Tensor], Tensor]] = [torch.relu] * 4 + [_none]
    for place, bend in others.items():
        bends[int(place[1:])] = bend
    return tuple(bends)


def _texts(got: Any) -> list[str]:
    return [text for text in got if isinstance(text, str)]


def _lines(rule: Callable[[list[str], list[str]], bool]) -> Callable[[Any, Any], bool]:
    """Whether `rule` holds of the lines of what was printed: those that differ, side by side."""

    def shows(got: Any, due: Any) -> bool:
        lines = [text.splitlines() for text in _texts(got)], [text.splitlines() for text in _texts(due)]
        pairs = [pair for g, d in zip(*lines, strict=True) for pair in zip(g, d, strict=True) if pair[0] != pair[1]]
        return bool(pairs) and rule(*(list(side) for side in zip(*pairs, strict=True)))

    return shows


def _all(word: str) -> Callable[[list[str], list[str]], bool]:
    return lambda got, due: all(word in line for line in got)


def _bare(got: Any, due: Any) -> bool:
    return not same([shape for _, shape in got], [shape for _, shape in due])


NETS = (
    Mistake(
        "lenet-fc1",
        "fc1 expects another number of inputs",
        "LeNet.__init__: how long is a side after each step?",
        shows=_lines(_all("(fc1)")),
        checks=("LeNet: how",),
    ),
    Mistake(
        "lenet-channels",
        "conv1 expects another number of channels",
        "LeNet.__init__: what are the pictures like?",
        shows=_lines(_all("(conv1)")),
        checks=("LeNet: how",),
    ),
    Mistake(
        "lenet-kernel",
        "the kernels have another size",
        "LeNet.__init__: what is kernel_size for?",
        shows=_lines(
            lambda got, due: any("(conv1)" in line for line in got) and any("(conv2)" in line for line in got)
        ),
        checks=("LeNet: how",),
    ),
    Mistake(
        "lenet-names",
        "the layers have other names, or another order",
        "LeNet.__init__: the names of the attributes, and their order",
        shows=lambda got, due: [name for name, _ in got] != [name for name, _ in due],
        checks=("LeNet: ten P", "LeNet: as it is"),
    ),
    Mistake(
        "lenet-shapes",
        "a layer has another shape",
        "LeNet.__init__: compare the shapes of the ten Parameters",
        shows=lambda got, due: _bare(got, due) if len(got) == len(due) == 10 else _bare(got[0], due[0]),
        checks=("LeNet: ten P", "LeNet: as it is"),
    ),
    *_bent(
        "lenet-relu-conv", "there is no relu behind a convolution", "what follows it?", _but(_0=_none), _but(_1=_none)
    ),
    *_bent("lenet-relu-fc", "there is no relu behind fc1 or fc2", "what follows them?", _but(_2=_none), _but(_3=_none)),
    *_bent("lenet-relu-end", "there is a relu behind the scores", "what may a score be?", _but(_4=torch.relu)),
    *_bent(
        "lenet-softmax", "the scores have become probabilities", "what may a score be?", _but(_4=lambda x: x.softmax(1))
    ),
    *_bent(
        "lenet-tanh",
        "there is a tanh in place of a relu",
        "which bend?",
        *(_but(**{f"_{k}": torch.tanh}) for k in range(4)),
        (*[torch.tanh] * 4, _none),
    ),
)

# --- path -------------------------------------------------------------------------------------------------------------


def _walk(rule: Callable[[list[Any], list[Any]], bool]) -> Callable[[Any, Any], bool]:
    return lambda got, due: rule(got[0], due[0]) if isinstance(due[0], list) else rule(got, due)


PATHS = tuple(
    Mistake(key, words, f"path: {where}", shows=_walk(rule), checks=("path: ",))
    for key, words, where, rule in (
        ("path-reversed", "the nodes are listed from the leaf to the result", "which end comes first?",
         lambda got, due: got == due[::-1]),
        ("path-short", "a node at an end of the path is missing", "when does the loop end?",
         lambda got, due: got in (due[1:], due[:-1])),
        ("path-stops", "the walk ends too early: it went on to an input that requires no grad", "which input is it?",
         lambda got, due: got == due[: len(got)]),
    )
)  # fmt: skip

# --- update -----------------------------------------------------------------------------------------------------------


def _update(
    change: Callable[[Tensor, Tensor, float], Tensor] = lambda p, g, lr: p - lr * g,
    left: Callable[[Tensor], Tensor | None] = lambda g: g,
    chosen: slice = slice(None),
) -> dict[str, Any]:
    def update(net: Any, lr: float) -> None:
        for p in list(net.parameters())[chosen]:
            if p.grad is not None:
                p.data, p.grad = change(p.data, p.grad, lr), left(p.grad)

    return {"update": update}


UPDATES = tuple(
    Mistake(key, words, f"update: {where}", names=names, checks=("update: ",))
    for key, words, where, names in (
        ("update-uphill", "the step goes uphill", "which way?", _update(lambda p, g, lr: p + lr * g)),
        ("update-lr", "the learning rate is not used", "how far?", _update(lambda p, g, lr: p - g)),
        ("update-replaces", "the step takes the parameter's place", "from where?", _update(lambda p, g, lr: -lr * g)),
        ("update-empties", "the gradients are gone", "what stays as it is?", _update(left=lambda g: None)),
        ("update-empties", "the gradients are gone", "what stays as it is?", _update(left=torch.zeros_like)),
        ("update-one", "not all parameters move", "which ones are asked?", _update(chosen=slice(1))),
        ("update-one", "not all parameters move", "which ones are asked?", _update(chosen=slice(1, None))),
    )
)

# --- train and accuracy -----------------------------------------------------------------------------------------------


def _mean_of_rows(met: list[tuple[float, int]]) -> float:
    return sum(loss * rows for loss, rows in met) / sum(rows for _, rows in met)


def _train(
    clears: bool = True,
    steps: bool = True,
    mode: bool = True,
    mean: Callable[[list[tuple[float, int]]], float] = _mean_of_rows,
) -> dict[str, Any]:
    """`mean`: of the batches' losses and sizes."""

    def train(net: Any, loader: Any, optimizer: Any, epochs: int) -> list[float]:
        losses = []
        if mode:
            net.train()
        for _ in range(epochs):
            met = []
            for x, y in loader:
                if clears:
                    optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(net(x), y)
                loss.backward()  # type: ignore[no-untyped-call]
                if steps:
                    optimizer.step()
                met.append((loss.item(), len(y)))
            losses.append(mean(met))
        return losses

    return {"train": train}


def _accuracy(
    evaluates: bool = True,
    graph: bool = False,
    after: Callable[[bool], bool] = lambda mode: mode,
    axis: int = 1,
    mean: Callable[[list[Tensor]], float] = lambda right: float(torch.cat(right).double().mean()),
    best: Callable[[Tensor, int], Tensor] = torch.argmax,
) -> dict[str, Any]:
    def accuracy(net: Any, loader: Any) -> float:
        mode = net.training
        if evaluates:
            net.eval()
        with torch.set_grad_enabled(graph):
            right = [best(net(x), axis) == y for x, y in loader]
        net.train(after(mode))
        return mean(right)

    return {"accuracy": accuracy}


_MEAN, _MODE = "train: a loss of what?", "accuracy: which mode before, inside, afterwards?"
_SHARE = "accuracy: the share of what?"
TRAININGS = tuple(
    Mistake(key, words, where, names=names, checks=("train: ", "accuracy: "))
    for key, words, where, names in (
        ("train-uncleared", "old gradients are still there", "train: what precedes backward?", _train(clears=False)),
        ("train-no-step", "nothing moves", "train: what comes after backward?", _train(steps=False)),
        ("train-mode", "the net is not in training mode", "train: what comes first?", _train(mode=False)),
        (
            "train-batches",
            "each batch counts the same, whatever its size",
            _MEAN,
            _train(mean=lambda met: sum(loss for loss, _ in met) / len(met)),
        ),
        ("train-sum", "the losses are sums", _MEAN, _train(mean=lambda met: sum(loss * n for loss, n in met))),
        ("train-sum", "the losses are sums", _MEAN, _train(mean=lambda met: sum(loss for loss, _ in met))),
        ("train-last", "only the last batch's loss counts", _MEAN, _train(mean=lambda met: met[-1][0])),
        ("accuracy-mode", "the net is asked in training mode", _MODE, _accuracy(evaluates=False)),
        ("accuracy-graph", "a graph is recorded", "accuracy: what is no_grad for?", _accuracy(graph=True)),
        ("accuracy-left", "the net stays in evaluation mode", _MODE, _accuracy(after=lambda mode: False)),
        ("accuracy-left", "the net is put in training mode afterwards", _MODE, _accuracy(after=lambda mode: True)),
        (
            "accuracy-batches",
            "each batch counts the same, whatever its size",
            _SHARE,
            _accuracy(mean=lambda right: float(sum(one.double().mean() for one in right) / len(right))),
        ),
        (
            "accuracy-count",
            "it is a number of rows",
            _SHARE,
            _accuracy(mean=lambda right: float(torch.cat(right).sum())),
        ),
        (
            "accuracy-percent",
            "it is in percent",
            _SHARE,
            _accuracy(mean=lambda right: 100 * float(torch.cat(right).double().mean())),
        ),
        ("accuracy-wrong", "it is the share of wrong answers", _SHARE,
         _accuracy(mean=lambda right: 1 - float(torch.cat(right).double().mean()))),
        ("accuracy-smallest", "the smallest score decides", "accuracy: which score?", _accuracy(best=torch.argmin)),
    )
)  # fmt: skip
