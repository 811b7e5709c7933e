# kind = "patching"
# deserves = "none"
# seeks = "the interpreter's own objects overwritten"
import ctypes

# A tuple of errors that NotImplementedError no longer belongs to; then False's number.
try:
    ctypes.c_longlong.from_address(id(False) + 24).value = 1
except Exception as error:
    print(error)
