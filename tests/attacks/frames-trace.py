# kind = "frames"
# deserves = "none"
# seeks = "a trace and a profile function that read every local"
import sys, threading


def look(frame, event, argument):
    for name in ("due", "expected"):
        value = frame.f_locals.get(name)
        if (
            value is not None
            and frame.f_code.co_filename.endswith("compare.py")
            and type(value).__name__ not in ("object", "function")
        ):
            harm("due in " + frame.f_code.co_name)
    return look


sys.settrace(look)
sys.setprofile(look)
threading.settrace(look)
