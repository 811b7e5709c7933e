"""What typical mistakes give, as data: one table a notebook, ``MISTAKES``, tried in its order.

To add a mistake, put a `raisin.lab.diagnose.Mistake` where it belongs in its notebook's table, a mutant that makes it
into tests/mutants, and its key into tests/diagnosis. The tables hold wrong formulas only: what is right stands nowhere
in them.
"""
