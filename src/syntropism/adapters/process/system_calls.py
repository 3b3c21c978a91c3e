"""Which system calls agents may not make: a seccomp filter, made by libseccomp.

Everything that is not named is allowed, so that any program runs; what is named lets a process
reach around the walls of its namespaces, or is a frequent way into the kernel. Docker's default
filter was the model (docs.docker.com/engine/security/seccomp). libseccomp knows the numbers of
this machine's architecture; calls made as another architecture end the process.
"""

import ctypes
import ctypes.util
import errno
import os
from typing import Any, Final

REFUSED: Final = (
    # keys and programs of the kernel that belong to no namespace
    *("keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    # other processes, other files
    *("process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    *("open_by_handle_at", "name_to_handle_at", "lookup_dcookie", "fanotify_init"),
    # mounts and namespaces
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "open_tree", "mount_setattr"),
    # the machine
    *("reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
    *("swapon", "swapoff", "acct", "quotactl", "syslog", "vhangup", "nfsservctl"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "iopl", "ioperm"),
    *("mbind", "set_mempolicy", "migrate_pages", "move_pages", "uselib"),
)
"""Answered with EPERM, where the machine knows them."""

NAMESPACE_FLAGS: Final = (
    *(0x00020000, 0x02000000, 0x04000000, 0x08000000),
    *(0x10000000, 0x20000000, 0x40000000),
)
"""``clone`` with one of these (CLONE_NEWNS … CLONE_NEWNET) is refused too; ``clone3``, whose flags
lie out of sight, does not exist, so that C libraries fall back to ``clone``."""

TIOCSTI: Final = 0x5412
"""The ``ioctl`` that types into a terminal."""

_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_MASKED_EQUAL: Final = 7


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def system_call_filter() -> bytes | None:
    """The filter as the kernel takes it; ``None`` where libseccomp is not installed."""
    library = _library()
    return None if library is None else _compiled(library)


def _library() -> Any:
    name = ctypes.util.find_library("seccomp") or "libseccomp.so.2"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    library.seccomp_rule_add_array.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint),
        ctypes.POINTER(_Comparison),
    ]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    return library


def _compiled(library: Any) -> bytes | None:
    rules = library.seccomp_init(_ALLOW)
    if not rules:
        return None
    try:
        for name in REFUSED:
            _refuse(library, rules, name)
        for flag in NAMESPACE_FLAGS:
            _refuse(library, rules, "clone", _Comparison(0, _MASKED_EQUAL, flag, flag))
        _refuse(library, rules, "ioctl", _Comparison(1, _MASKED_EQUAL, 0xFFFFFFFF, TIOCSTI))
        _refuse(library, rules, "clone3", code=errno.ENOSYS)
        return _exported(library, rules)
    finally:
        library.seccomp_release(rules)


def _refuse(
    library: Any,
    rules: int,
    name: str,
    comparison: _Comparison | None = None,
    code: int = errno.EPERM,
) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number < 0:
        return  # this machine has no such call
    count, array = (0, None) if comparison is None else (1, (_Comparison * 1)(comparison))
    failed = library.seccomp_rule_add_array(rules, _ERRNO | code, number, count, array)
    assert failed == 0, f"libseccomp refused the rule for {name}: {os.strerror(-failed)}"


def _exported(library: Any, rules: int) -> bytes | None:
    descriptor = os.memfd_create("seccomp", os.MFD_CLOEXEC)
    try:
        if library.seccomp_export_bpf(rules, descriptor) != 0:
            return None
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)


def as_descriptor(program: bytes) -> int:
    """A descriptor to read ``program`` from, once; to be closed by who asked."""
    descriptor = os.memfd_create("seccomp", os.MFD_CLOEXEC)
    os.write(descriptor, program)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
