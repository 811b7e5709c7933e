# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "exceptions caught, exceptions of an own cell, input asked"
try:
    1 / 0
except Exception as error:
    print(error)
# %% end
1 / 0
# %% end
input("name? ")
