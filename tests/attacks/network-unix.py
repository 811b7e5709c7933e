# kind = "network"
# rest = "solved"
# deserves = "full"
# seeks = "unix sockets of the grader, of other kernels, of the system"
import glob, os, socket
from ipykernel.connect import get_connection_file

own = os.path.dirname(get_connection_file())
for line in open("/proc/net/unix").read().splitlines()[1:] if os.path.exists("/proc/net/unix") else []:
    path = line.split()[-1]
    if not path.startswith(("/", "@")) or path.startswith(own):
        continue
    try:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(1)
        s.connect(path.replace("@", "\0", 1))
        harm("connected to " + path)
    except OSError:
        pass
for path in [
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/dbus/system_bus_socket",
    *glob.glob("/tmp/raisin-*/**", recursive=True),
]:
    if not path.startswith(own) and "socket" in path + "docker":
        try:
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(1)
            s.connect(path)
            harm("connected to " + path)
        except OSError:
            pass
