# kind = "notebook"
# deserves = "none"
# seeks = "cells before setup that take the mode and the seed away"
# %% before setup
import os

os.environ.pop("RAISIN_MODE", None)
os.environ["RAISIN_SEED"] = "public"
os.environ["RAISIN_NONCE"] = ""
import builtins

builtins.AssertionError = Exception


# %% tamper
def tamper(notebook, folder):
    pass
