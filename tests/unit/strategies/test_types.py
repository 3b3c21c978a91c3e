"""The workspaces are type-checked as what they are: programs outside the package."""

import re
import subprocess
import sys
from pathlib import Path

from syntropism import strategies
from syntropism.agent_sdk import syntropism_sdk


def test_every_workspace_passes_mypy_strict(tmp_path):
    # Each has a services.py of its own, and mypy wants each module once: they get a suffix.
    (tmp_path / "syntropism_sdk.py").write_bytes(Path(syntropism_sdk.__file__).read_bytes())
    for name in strategies.names():
        for path, code in strategies.files(name).items():
            if "/" in path:
                continue
            text = code.decode()
            if path in ("main.py", "services.py"):
                text = re.sub(r"^from services ", f"from services_{name} ", text, flags=re.M)
                path = path.replace(".py", f"_{name}.py")
            (tmp_path / path).write_text(text, encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
