# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "slow and right counts"
# %% instead of power
# framework: power
import time


def power(base, exponent):
    time.sleep(0.3)
    return Tensor(array_of(base) ** exponent)
