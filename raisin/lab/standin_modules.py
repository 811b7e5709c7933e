"""The stand-in's second half: notebook 08's names, with torch's modules, loaders and optimizers doing the work.

A module of the stand-in is looked at by a twin that torch makes of it: the same attributes, as torch's Parameters and
modules. What the twin lists and prints is what the module lists and prints.
"""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import numpy as np


def install(names: MutableMapping[str, Any]) -> None:
    """Put the contract's names of 08 into a notebook's names, which have those of 02 to 06 already."""
    import torch

    Tensor = names["Tensor"]

    class Parameter(Tensor):  # type: ignore[misc, valid-type]  # a class that was just made
        def __init__(self, data: Any, requires_grad: bool = True) -> None:
            super().__init__(names["array_of"](data), requires_grad)

    def manual_seed(seed: int) -> None:
        torch.manual_seed(seed)
        names["generator"] = np.random.default_rng(seed)

    manual_seed(int(np.random.default_rng().integers(2**31)))
    names.update({"Parameter": Parameter, "manual_seed": manual_seed, "no_grad": torch.no_grad})
    names["TransposeNode"] = type("TransposeNode", (names["Node"],), {"replayed": "t"})

    def turned(self: Any) -> Any:
        needs = self.requires_grad and torch.is_grad_enabled()
        return Tensor(self.data.T, needs, names["TransposeNode"](self) if needs else None)

    Tensor.T = property(turned)
    names.update(_modules(names))
    names.update(_loaders(names))
    names.update({kind: optimizer(getattr(torch.optim, kind)) for kind in ("SGD", "RMSprop", "Adam")})


# --- Modules ----------------------------------------------------------------------------------------------------------


class _Module:
    """A stand-in for the Module of notebook 08."""

    def __init__(self) -> None:
        self.training = True

    def __call__(self, *inputs: Any) -> Any:
        return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Any:
        raise NotImplementedError

    def extra_repr(self) -> str:
        return ""

    def __repr__(self) -> str:
        return repr(_Twins().of(self))

    def named_children(self) -> list[tuple[str, Any]]:
        twins = _Twins()
        return [(name, twins.own[id(twin)]) for name, twin in twins.of(self).named_children()]

    def named_parameters(self) -> list[tuple[str, Any]]:
        twins = _Twins()
        return [(name, twins.own[id(twin)]) for name, twin in twins.of(self).named_parameters()]

    def parameters(self) -> list[Any]:
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Any:
        twins = _Twins()
        for twin in twins.of(self).modules():
            twins.own[id(twin)].training = mode
        return self

    def eval(self) -> Any:
        return self.train(False)


class _Twins:
    """torch's modules and Parameters that stand for a module's; `own` leads back, by the twin's id."""

    def __init__(self) -> None:
        self.own: dict[int, Any] = {}
        self._made: dict[int, Any] = {}

    def of(self, one: Any) -> Any:
        import torch

        if id(one) in self._made:
            return self._made[id(one)]
        if not isinstance(one, _Module):
            made: Any = torch.nn.Parameter(torch.empty(0))
        else:
            made = type(type(one).__name__, (torch.nn.Module,), {"extra_repr": lambda twin: one.extra_repr()})()
        self._made[id(one)], self.own[id(made)] = made, one
        for name, value in vars(one).items() if isinstance(one, _Module) else ():
            if isinstance(value, _Module):
                made.add_module(name, self.of(value))
            elif type(value).__name__ == "Parameter":
                made.register_parameter(name, self.of(value))
        return made


def _modules(names: MutableMapping[str, Any]) -> dict[str, Any]:
    import torch

    class Linear(_Module):
        def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
            super().__init__()
            self.twin = torch.nn.Linear(in_features, out_features, bias, dtype=torch.float64)
            started = (None if p is None else p.detach().numpy().copy() for p in (self.twin.weight, self.twin.bias))
            self.weight, self.bias = (None if array is None else names["Parameter"](array) for array in started)

        def forward(self, x: Any) -> Any:
            y = x @ self.weight.T
            return y if self.bias is None else y + self.bias

        def extra_repr(self) -> str:
            return self.twin.extra_repr()

    class ModuleList(_Module):
        def __init__(self, modules: Any = ()) -> None:
            super().__init__()
            for module in modules:
                self.append(module)

        def append(self, module: Any) -> None:
            setattr(self, str(len(self)), module)

        def __len__(self) -> int:
            return len(self.named_children())

        def __getitem__(self, k: int) -> Any:
            return self.named_children()[k][1]

    class Sequential(ModuleList):
        def __init__(self, *modules: Any) -> None:
            super().__init__(modules)

        def forward(self, x: Any) -> Any:
            for module in self:  # type: ignore[attr-defined]  # by __getitem__
                x = module(x)
            return x

    class Dropout(_Module):
        def __init__(self, p: float = 0.5) -> None:
            super().__init__()
            self.twin = torch.nn.Dropout(p)

        def forward(self, x: Any) -> Any:
            self.twin.training = self.training
            return x * names["Tensor"](self.twin(torch.ones(x.shape, dtype=torch.float64)).numpy())

        def extra_repr(self) -> str:
            return self.twin.extra_repr()

    def bend(name: str) -> type:
        return type(name, (_Module,), {"forward": lambda self, x: names[name.lower()](x)})

    made: dict[str, Any] = {"Module": _Module, "Tanh": bend("Tanh"), "Sigmoid": bend("Sigmoid")}
    return made | {kind.__name__: kind for kind in (Linear, ModuleList, Sequential, Dropout)}


# --- Loaders and optimizers -------------------------------------------------------------------------------------------


def _loaders(names: MutableMapping[str, Any]) -> dict[str, Any]:
    import torch

    class Dataset:
        """A stand-in for the Dataset of notebook 08."""

    class TensorDataset(Dataset):
        def __init__(self, *tensors: Any) -> None:
            self.tensors = tensors

        def __len__(self) -> int:
            return len(self.tensors[0].data)

        def __getitem__(self, k: int) -> tuple[Any, ...]:
            return tuple(names["Tensor"](one.data[k]) for one in self.tensors)

    def together(samples: list[Any]) -> list[Any]:
        return [names["tensor"](np.stack([part.data for part in parts])) for parts in zip(*samples, strict=True)]

    class DataLoader:
        def __init__(self, dataset: Any, batch_size: int = 1, shuffle: bool = False) -> None:
            self.twin = torch.utils.data.DataLoader(dataset, batch_size, shuffle, collate_fn=together)

        def __len__(self) -> int:
            return len(self.twin)

        def __iter__(self) -> Iterator[list[Any]]:
            return iter(self.twin)

    return {"Dataset": Dataset, "TensorDataset": TensorDataset, "DataLoader": DataLoader}


class Optimizer:
    """A stand-in for the Optimizer of notebook 05."""

    def __init__(self, params: Any) -> None:
        self.params = list(params)

    def zero_grad(self) -> None:
        for parameter in self.params:
            parameter.grad = None

    def step(self) -> None:
        raise NotImplementedError


def optimizer(kind: Callable[..., Any]) -> type[Optimizer]:
    """An Optimizer whose steps torch's `kind` takes, on twins of the parameters."""
    import torch

    class Stepping(Optimizer):
        def __init__(self, params: Any, *arguments: Any, **options: Any) -> None:
            super().__init__(params)
            self.twins = [torch.tensor(p.data) for p in self.params]
            self.torch = kind(self.twins, *arguments, **options)

        def step(self) -> None:
            for own, made in zip(self.params, self.twins, strict=True):
                made.data = torch.tensor(own.data)
                made.grad = None if own.grad is None else torch.tensor(own.grad)
            self.torch.step()
            for own, made in zip(self.params, self.twins, strict=True):
                own.data = made.numpy().copy()

    return Stepping
