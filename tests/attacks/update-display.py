# kind = "forged"
# rest = "solved"
# deserves = "full"
# seeks = "an earlier cell's output rewritten later"
from IPython.display import display

handle = display("a", display_id="one")
# %% end
from IPython.display import HTML, update_display

update_display(HTML("<script>alert(1)</script>"), display_id="one")
