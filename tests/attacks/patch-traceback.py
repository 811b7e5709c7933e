# kind = "ipython"
# deserves = "none"
# seeks = "errors nobody sees"
import sys

shell = get_ipython()
shell.showtraceback = shell.showsyntaxerror = shell._showtraceback = lambda *a, **k: None
sys.excepthook = lambda *a: None
shell.set_custom_exc((BaseException,), lambda *a, **k: None)
