# kind = "exit"
# deserves = "none"
# seeks = "a stack that overflows"
import sys

sys.setrecursionlimit(10**9)


# %% instead of tensor
def tensor(data, requires_grad=False):
    return tensor([data])


Tensor = tensor
