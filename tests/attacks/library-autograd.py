# kind = "libraries"
# rest = "solved"
# deserves = "full"
# seeks = "another library's automatic differentiation"
import importlib

for name in (
    "jax",
    "autograd",
    "tensorflow",
    "mxnet",
    "tinygrad",
    "casadi",
    "theano",
    "pytensor",
    "aesara",
    "mygrad",
    "cupy",
    "chainer",
    "numdifftools",
    "algopy",
):
    try:
        importlib.import_module(name)
        harm(name)
    except ImportError:
        pass
