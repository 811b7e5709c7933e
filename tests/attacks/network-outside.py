# kind = "network"
# rest = "solved"
# deserves = "full"
# seeks = "addresses outside, names"
import socket

for address in [("1.1.1.1", 443), ("169.254.169.254", 80), ("10.0.0.1", 80)]:
    try:
        socket.create_connection(address, timeout=2).close()
        harm(address)
    except OSError:
        pass
try:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"x", ("1.1.1.1", 53))
    harm("a datagram left")
except OSError:
    pass
try:
    harm(socket.getaddrinfo("pypi.org", 443)[0][4])
except OSError:
    pass
