# kind = "secrets"
# rest = "solved"
# deserves = "full"
# seeks = "any file of the course anywhere"
import os, time

end = time.time() + 12
for folder, folders, files in os.walk("/"):
    if time.time() > end:
        break
    folders[:] = [
        f
        for f in folders
        if os.path.join(folder, f) not in ("/proc", "/sys", "/usr", "/lib", "/work") and f != "site-packages"
    ]
    for file in files:
        if file in ("gradebook.db", "secret.txt", "secret-beside.txt"):
            harm(os.path.join(folder, file))
