# kind = "exit"
# deserves = "none"
# seeks = "SystemExit and exit() in answers and in checks"
# %% instead of tensor
def tensor(*a, **k):
    raise SystemExit(0)


Tensor = tensor


# %% instead of matmul
def matmul(*a):
    exit()


# %% end
import sys

sys.exit(0)
