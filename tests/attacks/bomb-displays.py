# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seconds = 200
# seeks = "ten thousand pictures"
import base64, os
from IPython.display import display

data = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1" + os.urandom(10_000)).decode()
for _ in range(10_000):
    display({"image/png": data}, raw=True)
