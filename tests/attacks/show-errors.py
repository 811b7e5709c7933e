# kind = "browser"
# deserves = "none"
# seeks = "exceptions with names and texts that break what reads them"
class CellTimeoutError(Exception):
    def __str__(self):
        return "\ud800\n" * 50_000


class Mute(Exception):
    def __str__(self):
        raise ValueError


Mute.__name__ = "\n"


# %% instead of tensor
def tensor(*a, **k):
    raise CellTimeoutError


Tensor = tensor
# %% instead of addition
raise Mute


# %% instead of matmul
def matmul(*a):
    raise Mute


# %% end
raise CellTimeoutError
