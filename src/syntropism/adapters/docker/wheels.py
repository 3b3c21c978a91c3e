"""The wheels that an image with a debugger needs, kept for the next time."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from syntropism.application.ports.sandbox import ProviderFailed

REQUIREMENTS: Final = ("debugpy>=1.8", "pip")
GATHERING_SECONDS_MAX: Final = 300


def debugger_wheels(cache: Path, tell: Callable[[str], None]) -> Path:
    """A folder with the wheels of debugpy (the pure one, for any Python) and of pip: what
    ``cache`` has, else as pip finds them.

    Raises:
        ProviderFailed: pip is missing, or finds none.
    """
    folder = cache / "wheelhouse"
    if all(any(folder.glob(f"{name}-*.whl")) for name in ("debugpy", "pip")):
        return folder
    tell("asking pip for debugpy")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--platform", "any", "--disable-pip-version-check"]
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="wheels-", dir=cache) as new:
            done = subprocess.run(
                [*command, "--dest", new, *REQUIREMENTS],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=GATHERING_SECONDS_MAX,
                check=False,
            )
            if done.returncode:
                lines = [line for line in done.stderr.splitlines() if line.strip()]
                reason = lines[-1].strip()[:300] if lines else "no reason"
                raise ProviderFailed(
                    f"pip found no debugpy ({reason}): name a folder with its wheel and pip's "
                    "(--wheelhouse DIR)"
                )
            shutil.copytree(new, folder, dirs_exist_ok=True)
    except subprocess.TimeoutExpired:
        raise ProviderFailed("pip took too long to find debugpy") from None
    except OSError as error:
        raise ProviderFailed(f"cannot keep wheels: {error.strerror} ({error.filename})") from error
    return folder
