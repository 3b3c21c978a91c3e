"""What every window of one worker finds the same: the SDK, the launcher, a little ``/etc``."""

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Final

from syntropism.adapters.process.run_folder import record_processes
from syntropism.application.ports.sandbox import ProviderFailed

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_SHIPPED: Final = (".py", ".pyi", ".md", ".json", ".yaml")


class Furniture:
    """Copies, so that they are readable by the sandbox's uid wherever the originals lie.

    Raises:
        ProviderFailed: the host cannot store them, or the SDK is not where it should be.
    """

    def __init__(self, run_root: Path, sdk_path: Path, uid: int, gid: int) -> None:
        try:
            run_root.mkdir(mode=0o755, parents=True, exist_ok=True)
            self.path = Path(tempfile.mkdtemp(prefix="furniture-", dir=run_root))
            self.path.chmod(0o755)
            record_processes(self.path)
            self.launcher = self._copy(LAUNCHER, self.path)
            self.system = self.path / "system"
            self.etc = self.path / "etc"
            for folder in (self.system, self.etc):
                folder.mkdir()
                folder.chmod(0o755)
            for source in sorted(sdk_path.iterdir()) if sdk_path.is_dir() else (sdk_path,):
                if source.suffix in _SHIPPED and source.name != "__init__.py":
                    self._copy(source, self.system)
            self._write_etc(uid, gid)
        except OSError as error:
            raise ProviderFailed(
                f"cannot prepare sandboxes below {run_root}: {error.strerror} ({error.filename})"
            ) from error
        self.close = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def _copy(self, source: Path, folder: Path) -> Path:
        target = folder / source.name
        shutil.copyfile(source, target)
        target.chmod(0o444)
        return target

    def _write_etc(self, uid: int, gid: int) -> None:
        passwd = f"root:x:0:0:root:/:/bin/sh\nagent:x:{uid}:{gid}:agent:/workspace:/bin/sh\n"
        for name, text in (
            ("passwd", passwd if uid else "root:x:0:0:root:/workspace:/bin/sh\n"),
            ("group", f"root:x:0:\nagent:x:{gid}:\n" if gid else "root:x:0:\n"),
            ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
            ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
        ):
            (self.etc / name).write_text(text)
            (self.etc / name).chmod(0o444)
