"""06-raisin-mlp: mistakes in tanh."""

import torch

from raisin.lab.mistakes.n06_bends import wrong_functions, wrong_slopes

TANH = (
    *wrong_slopes(
        "tanh", "tanh-slope-1", "tanh hands the gradient on as it came", "how steep is tanh?", lambda g, x, h: g
    ),
    *wrong_slopes(
        "tanh",
        "tanh-slope-sign",
        "a sign in the derivative of tanh is wrong",
        "TanhNode.backward: is tanh steeper or flatter away from 0?",
        lambda g, x, h: g * (1 + h * h),
        lambda g, x, h: g * (h * h - 1),
        lambda g, x, h: -g * (1 + h * h),
    ),
    *wrong_slopes(
        "tanh",
        "tanh-slope-square",
        "a square in the derivative of tanh is missing or in the wrong place",
        "TanhNode.backward: what is squared?",
        lambda g, x, h: g * (1 - h),
        lambda g, x, h: g * (1 + h),
        lambda g, x, h: g * (1 - h.abs()),
        lambda g, x, h: g * (1 - h) ** 2,
        lambda g, x, h: g * (1 - h * h) ** 2,
        lambda g, x, h: g * (1 - h**3),
        lambda g, x, h: g * (1 - h**4),
        lambda g, x, h: g * (1 - 2 * h),
        lambda g, x, h: g * (1 - h * h).sqrt(),
    ),
    *wrong_slopes(
        "tanh",
        "tanh-slope-part",
        "a part of the derivative of tanh is missing",
        "TanhNode.backward, term by term",
        lambda g, x, h: g * h * h,
        lambda g, x, h: -g * h * h,
        lambda g, x, h: g * h,
        lambda g, x, h: g * 2 * h,
        lambda g, x, h: -g * 2 * h,
        lambda g, x, h: g - h * h,
        lambda g, x, h: g + 1 - h * h,
    ),
    *wrong_slopes(
        "tanh",
        "tanh-slope-input",
        "the derivative is taken from the input, where its formula speaks of the output",
        "TanhNode.backward: h is what tanh gave",
        lambda g, x, h: g * (1 - x * x),
        lambda g, x, h: 1 - x * x,
        lambda g, x, h: g * (1 - x),
        lambda g, x, h: g * (1 + x * x),
    ),
    *wrong_slopes(
        "tanh",
        "tanh-twice-in-slope",
        "tanh is taken once more in the backward pass, of what is its result already",
        "TanhNode.backward: what does the node keep?",
        lambda g, x, h: g * (1 - torch.tanh(h) ** 2),
    ),
    *wrong_slopes(
        "tanh",
        "tanh-slope-sigmoid",
        "the derivative is that of the sigmoid",
        "TanhNode.backward",
        lambda g, x, h: g * h * (1 - h),
    ),
    *wrong_slopes(
        "tanh", "tanh-slope-divides", "it is divided by the derivative", "chain rule", lambda g, x, h: g / (1 - h * h)
    ),
    *wrong_slopes(
        "tanh",
        "tanh-arrived-dropped",
        "the node does not use the gradient that arrived",
        "TanhNode.backward: what is grad_output for?",
        lambda g, x, h: 1 - h * h,
        lambda g, x, h: (1 - h * h) * torch.sign(g),
        lambda g, x, h: (1 - h * h) * g.sum(),
        lambda g, x, h: (1 - h * h) * g.mean(),
        lambda g, x, h: h,
    ),
    *wrong_slopes(
        "tanh", "arrived-squared", "what arrived counts twice", "chain rule", lambda g, x, h: g * g * (1 - h * h)
    ),
    *wrong_functions(
        "tanh",
        "tanh-other-function",
        "the function is not tanh",
        "tanh: compare with np.tanh at a few numbers",
        torch.sigmoid,
        lambda x: 2 * torch.sigmoid(x) - 1,
        lambda x: torch.tanh(2 * x),
        lambda x: torch.tanh(-x),
        torch.tan,
        torch.atan,
        torch.sinh,
        torch.cosh,
        torch.sin,
        torch.relu,
        torch.clone,
        lambda x: 1 / torch.tanh(x),
        lambda x: torch.tanh(x) ** 2,
    ),
)
