# kind = "torch"
# notebook = "04-backward"
# deserves = "none"
# seeks = "the stand-in, which is torch underneath"
from raisin.lab import standin

standin.install(globals(), ["02-tensor-arithmetic", "03-graph-nodes", "04-backward"])
# %% before test-backward-root
standin.install(globals(), ["02-tensor-arithmetic", "03-graph-nodes", "04-backward"])
# %% before test-elementwise-value
standin.install(globals(), ["02-tensor-arithmetic", "03-graph-nodes", "04-backward"])
# %% before test-matmul-value
standin.install(globals(), ["02-tensor-arithmetic", "03-graph-nodes", "04-backward"])
