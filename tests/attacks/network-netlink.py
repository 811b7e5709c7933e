# kind = "network"
# rest = "solved"
# deserves = "full"
# seeks = "raw and packet sockets, other interfaces"
import socket

for kind in ((socket.AF_PACKET, socket.SOCK_RAW), (socket.AF_INET, socket.SOCK_RAW)):
    try:
        socket.socket(*kind)
        harm("raw socket")
    except OSError:
        pass
if [name for _, name in socket.if_nameindex() if name != "lo"]:
    harm("a network interface")
