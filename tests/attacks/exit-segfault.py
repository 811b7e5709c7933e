# kind = "exit"
# deserves = "none"
# seeks = "a segmentation fault"
import ctypes

ctypes.string_at(0)
