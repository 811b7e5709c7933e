"""Raisin: students build a small PyTorch in notebooks; instructors grade a class of them.

Students use `raisin.lab` (``from raisin import lab``); instructors the command ``raisin`` (see `raisin.cli`).
"""

__version__ = "0.1.0"
