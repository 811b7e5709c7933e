# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "pictures, tables, a number as the last value"
import matplotlib.pyplot as plt
import numpy as np

for k in range(5):
    plt.figure()
    plt.imshow(np.random.rand(20, 20))
    plt.show()
10.0
# %% end
from IPython.display import display, Markdown

display(Markdown("*done*"))
10.0
