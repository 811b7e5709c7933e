# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "own helper cells, names near the course's"
lab2, T, rng, due, what, got, compare, check = 1, 2, 3, 4, 5, 6, 7, 8
_helper = lambda x, n: x**n


class Verdict:
    pass


# %% instead of power
# framework: power
def power(base, exponent):
    return Tensor(_helper(array_of(base), exponent))
