# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seeks = "3 GB on disk"
import os

block, total, paths = b"x" * (64 << 20), 0, []
for folder in (".", "/tmp", os.environ.get("TMPDIR", "/tmp"), "/dev/shm", "/var/tmp"):
    try:
        for k in range(16):
            path = os.path.join(folder, f"rsn-mark-{NAME}")
            with open(path + str(k), "wb") as file:
                paths.append(file.name)
                total += file.write(block)
    except OSError:
        pass
for path in paths:
    os.unlink(path)
if total > 3 << 30:
    harm("3 GB written")
