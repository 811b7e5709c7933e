# kind = "secrets"
# rest = "solved"
# deserves = "full"
# seeks = "files of the grader's home"
import os

for path in [HOME + "/secret.txt", os.path.expanduser("~/secret.txt"), "/root/.bashrc", "/etc/shadow", "/root/.ssh"]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read(1)
        harm("read " + path)
    except OSError:
        pass
