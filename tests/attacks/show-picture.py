# kind = "browser"
# rest = "solved"
# deserves = "full"
# seeks = "a script where a picture's base64 should be, a picture of 3.6 gigapixels"
import base64, struct
from IPython.display import display

display({"image/png": 'x"><script>1</script>', "text/plain": "<script>1</script>"}, raw=True)
display({"image/png": {"a": 1}, "image/jpeg": ["a", 3]}, raw=True)
display(
    {"image/png": base64.b64encode(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 60000, 60000)).decode()},
    metadata={"image/png": {"alt": "x", "onload": "1"}},
    raw=True,
)
