"""Runs while the image is built, last: takes away what agents have no business with."""

import os
import shutil
import stat
from pathlib import Path

REMOVED = (
    *("/boot", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/var", "/usr/share/doc"),
    *("/usr/share/man", "/usr/share/locale", "/usr/share/info", "/etc/apt", "/etc/dpkg"),
    *("/usr/lib/apt", "/usr/lib/dpkg", "/etc/shadow", "/etc/shadow-", "/etc/gshadow"),
    *("/etc/gshadow-", "/etc/machine-id", "/etc/passwd-", "/etc/group-", "/etc/subuid"),
    *("/etc/subgid", "/etc/security", "/etc/pam.d", "/etc/cron.d", "/etc/cron.daily"),
)
PROGRAMS = ("apt*", "dpkg*", "passwd", "chsh", "chfn", "su", "mount", "umount", "newgrp", "gpasswd")
AGENT = 10001


def main() -> None:
    """All of it."""
    for name in REMOVED:
        path = Path(name)
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
    for folder in ("/usr/bin", "/usr/sbin", "/bin", "/sbin"):
        for pattern in PROGRAMS:
            for program in Path(folder).glob(pattern):
                program.unlink(missing_ok=True)
    for folder in ("/usr", "/bin", "/sbin", "/lib"):
        for base, _, files in os.walk(folder):
            for name in files:
                path = Path(base) / name
                mode = path.lstat().st_mode
                if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                    path.chmod(stat.S_IMODE(mode) & ~(stat.S_ISUID | stat.S_ISGID))
    Path("/etc/passwd").write_text(
        f"root:x:0:0:root:/:/usr/sbin/nologin\nagent:x:{AGENT}:{AGENT}:agent:/workspace:/bin/sh\n"
    )
    Path("/etc/group").write_text(f"root:x:0:\nagent:x:{AGENT}:\n")
    Path("/etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
    here = Path(__file__).parent
    for name in ("/workspace", "/system", "/run/syntropism"):
        Path(name).mkdir(mode=0o755, parents=True, exist_ok=True)
    for source, target in (
        ("syntropism_sdk.py", "/system/syntropism_sdk.py"),
        ("shim.py", "/run/syntropism/shim.py"),
    ):
        shutil.copyfile(here / source, target)
        Path(target).chmod(0o444)
    os.chown("/workspace", AGENT, AGENT)


if __name__ == "__main__":
    main()
