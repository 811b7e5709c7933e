# kind = "torch"
# notebook = "04-backward"
# deserves = "none"
# seeks = "torch's names in place of the student's"
from raisin.lab import names

names.StudentNames.__getattr__ = names.TorchNames.__getattr__
names.StudentNames.tensor = names.TorchNames.tensor
names.StudentNames.asarray = names.TorchNames.asarray
