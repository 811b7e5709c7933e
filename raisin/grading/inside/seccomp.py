"""A filter of system calls, as the kernel takes it: classic BPF (linux/seccomp.h, linux/bpf_common.h).

Refused with EPERM: what opens namespaces, mounts, looks into other processes, or takes memory that no limit counts
(shared memory without a file stays when it is unmapped).
Refused with EAFNOSUPPORT: sockets of other families than unix, inet and netlink (libzmq wants the latter two to exist).
"""

import ctypes
import errno
import platform
import struct

_SAME_EVERYWHERE = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "memfd_secret": 447,
}
# name: number on x86_64, number on aarch64
_BOTH = {
    "ptrace": (101, 117),
    "personality": (135, 92),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "acct": (163, 89),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "memfd_create": (319, 279),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
}
# machine: (position in _BOTH, AUDIT_ARCH, clone, socket, mmap)
_MACHINES = {"x86_64": (0, 0xC000003E, 56, 41, 9), "aarch64": (1, 0xC00000B7, 220, 198, 222)}
_CLONE3 = 435
_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* that clone can take
_SHARED, _ANONYMOUS = 0x01, 0x20  # flags of mmap
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT, _FOURTH_ARGUMENT = 0, 4, 16, 40  # offsets in struct seccomp_data
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_X32 = 0x40000000  # on x86_64 the same calls once more, under other numbers


def is_known(machine: str) -> bool:
    return machine in _MACHINES


def program(machine: str) -> bytes:
    """The filter for this machine (as `platform.machine` calls it). Raises KeyError for one that is not known."""
    column, arch, clone, socket, mmap = _MACHINES[machine]
    refused = [*_SAME_EVERYWHERE.values(), *(numbers[column] for numbers in _BOTH.values())]
    steps = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    steps += [(_AT_LEAST, 0, 1, _X32), _refuse(errno.EPERM)]
    for number in refused:
        steps += [(_EQUAL, 0, 1, number), _refuse(errno.EPERM)]
    # glibc then uses clone, whose flags a filter can read
    steps += [(_EQUAL, 0, 1, _CLONE3), _refuse(errno.ENOSYS)]
    steps += [(_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_ANY_BIT, 0, 1, _NEW_NAMESPACES)]
    steps += [_refuse(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    steps += [(_EQUAL, 0, 5, mmap), (_LOAD, 0, 0, _FOURTH_ARGUMENT)]
    steps += [(_ANY_BIT, 0, 2, _ANONYMOUS), (_ANY_BIT, 0, 1, _SHARED), _refuse(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    after = len(_FAMILIES) + 2
    steps += [(_EQUAL, 0, after, socket), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    steps += [(_EQUAL, len(_FAMILIES) - k, 0, family) for k, family in enumerate(_FAMILIES)]
    steps += [_refuse(errno.EAFNOSUPPORT), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _refuse(error: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, 0x00050000 | error)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def install() -> None:
    """Filter this thread and all that it will start, for good. Raises OSError; needs no_new_privs."""
    code = program(platform.machine())
    memory = ctypes.create_string_buffer(code, len(code))
    about = _Program(len(code) // 8, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(22, 2, ctypes.byref(about), 0, 0):  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        raise OSError(ctypes.get_errno(), "the filter of system calls was refused")
