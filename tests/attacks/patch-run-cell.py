# kind = "ipython"
# deserves = "none"
# seeks = "no cell runs any more, and all succeed"
from IPython.core.interactiveshell import ExecutionResult

shell = get_ipython()


async def run(raw, *a, **k):
    from IPython.display import display

    result = ExecutionResult(None)
    shell.displayhook(10.0)
    return result


shell.run_cell_async = run
shell.run_cell = lambda *a, **k: ExecutionResult(None)
