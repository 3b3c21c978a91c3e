"""Where the path to a run folder is too long for a socket."""

import json
import tempfile
from pathlib import Path

from syntropism.adapters.process.run_folder import (
    RECORD,
    SOCKET_PATH_MAX,
    abandoned,
    remove_abandoned,
    run_folder,
)


def test_a_killed_worker_leaves_nothing_in_the_temporary_folder(
    tmp_path: Path, monkeypatch
) -> None:
    short = tmp_path / "t"
    short.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    root = tmp_path / ("deep" * (SOCKET_PATH_MAX // 4))
    with run_folder(root, "window", lambda _path: None) as folder:
        assert folder.socket.parent.parent == short
        record = json.loads((folder.path / RECORD).read_text())
        (folder.path / RECORD).write_text(json.dumps(record | {"processes": {}}))  # it was killed
        for path, _document in abandoned(root, 0):
            remove_abandoned(path)
        assert not list(short.iterdir())
        assert not folder.path.exists()
