# kind = "files"
# rest = "solved"
# deserves = "full"
# seeks = "remounting, unsharing, chroot, device nodes"
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) == 0:
    harm("a user namespace of its own")
if libc.mount(b"none", b"/", None, 4096 | 32, None) == 0:
    harm("remounted /")
try:
    os.mknod("rsn-zero", 0o20666, os.makedev(1, 5))
    harm("a device node")
except OSError:
    pass
try:
    os.chroot("/")
    harm("chroot")
except OSError:
    pass
try:
    os.setuid(0)
    os.setgroups([])
    harm("root")
except OSError:
    pass
