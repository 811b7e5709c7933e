# kind = "torch"
# rest = "solved"
# deserves = "full"
# seeks = "torch by any path, another Python, a library of it"
import glob, importlib, subprocess, sys, ctypes

try:
    import torch

    harm("import torch")
except ImportError:
    pass
for pattern in (
    "/usr/lib/python3*/*-packages/torch",
    "/usr/local/lib/python3*/site-packages/torch",
    "/opt/*/lib/python3*/site-packages/torch",
    *(p + "/torch/lib/libtorch*" for p in sys.path),
):
    for path in glob.glob(pattern):
        harm(path)
for program in (sys.executable, "/usr/bin/python3"):
    try:
        if subprocess.run([program, "-c", "import torch"], capture_output=True, timeout=20).returncode == 0:
            harm("torch in " + program)
    except (OSError, subprocess.SubprocessError):
        pass
if "/torch/" in open("/proc/self/maps").read():
    harm("torch is mapped")
