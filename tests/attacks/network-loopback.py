# kind = "network"
# rest = "solved"
# deserves = "full"
# seeks = "a listener on loopback"
import socket

try:
    with socket.create_connection(("127.0.0.1", PORT), timeout=3) as s:
        s.sendall(NAME.encode())
except OSError:
    pass
