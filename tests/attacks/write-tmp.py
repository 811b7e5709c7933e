# kind = "files"
# rest = "solved"
# deserves = "full"
# seeks = "files left in shared folders"
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/var/lock"):
    try:
        open(folder + "/rsn-mark-" + NAME, "w").write("x")
    except OSError:
        pass
