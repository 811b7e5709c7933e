# kind = "browser"
# rest = "solved"
# deserves = "full"
# seeks = "HTML, JavaScript, SVG, LaTeX, widgets in formgrader"
from IPython.display import HTML, SVG, Javascript, Latex, Math, IFrame, display

for thing in (
    HTML("<script>1</script>"),
    Javascript("1"),
    SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>"),
    Latex("$x$"),
    Math("x"),
    IFrame("http://localhost", 1, 1),
):
    display(thing)
display({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "w"}, raw=True)


# %% instead of power
# framework: power
def power(base, exponent):
    from IPython.display import HTML, display

    display(HTML("<script>1</script>"))
    return Tensor(array_of(base) ** exponent)
