# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "stderr and warnings cost nothing"
import sys, warnings, logging

warnings.warn("something odd")
print("to stderr", file=sys.stderr)
logging.warning("a log line")


# %% instead of power
# framework: power
def power(base, exponent):
    import sys, warnings

    warnings.warn("power at work")
    print("power", file=sys.stderr)
    return Tensor(array_of(base) ** exponent)
