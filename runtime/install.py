"""Runs while the image is built: installs what pyproject.toml declares, from the wheelhouse.

The wheelhouse holds pip's own wheel too, since a small base has none. Without dependencies
nothing is needed, and nothing is done.
"""

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
WHEELHOUSE = HERE / "wheelhouse"


def declared(extras: list[str]) -> list[str]:
    """The requirements of the project and of ``extras``."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(one for extra in extras for one in optional[extra])]


def main() -> None:
    """Installs them."""
    extras = os.environ.get("EXTRAS", "").split()
    poetry = os.environ.get("POETRY", "")
    wanted = declared(extras)
    if not wanted and not poetry:
        return
    environment = dict(os.environ)
    pip = sorted(WHEELHOUSE.glob("pip-*.whl"))
    if pip:
        environment["PYTHONPATH"] = str(pip[-1])
    install = [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--no-index"]
    install += ["--find-links", str(WHEELHOUSE), "--disable-pip-version-check"]
    if poetry:
        subprocess.run([*install, "--break-system-packages", poetry], env=environment, check=True)
        environment["POETRY_VIRTUALENVS_CREATE"] = "false"
        chosen = [flag for extra in extras for flag in ("--extras", extra)]
        command = [sys.executable, "-m", "poetry", "install", "--no-root", *chosen]
        subprocess.run(command, cwd=HERE, env=environment, check=True)
        return
    target = sysconfig.get_path("purelib")
    subprocess.run([*install, "--target", target, *wanted], env=environment, check=True)


if __name__ == "__main__":
    main()
