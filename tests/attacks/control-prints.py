# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "many prints cost nothing"
for number in range(60_000):
    print("line", number)


# %% instead of power
# framework: power
def power(base, exponent):
    for number in range(2_000):
        print("power", number)
    return Tensor(array_of(base) ** exponent)
