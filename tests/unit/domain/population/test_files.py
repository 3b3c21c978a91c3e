"""What newborn agents may be made of: names and files."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.errors import Invalid, TooLarge
from syntropism.domain.population.agents import require_name, require_strategy
from syntropism.domain.population.files import (
    DEPTH_MAX,
    FILE_BYTES_MAX,
    FILES_MAX,
    PATH_MAX,
    require_files,
    require_path,
)

MAIN = {"main.py": b""}


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "./a", "a/.", "..", ".", "a\\b",
        "a\x00b", "a\nb", "a\x1b[0m", "\u202e", "env.json", "x" * (PATH_MAX + 1),
        "é" * (PATH_MAX // 2 + 1), "/".join("d" * (DEPTH_MAX + 1)), None, 7, b"main.py", "\ud800",
    ],
    ids=repr,
)  # fmt: skip
def test_hostile_paths_are_refused(path):
    with pytest.raises(Invalid):
        require_path(path)


@given(st.text(max_size=30))
def test_every_path_that_is_taken_stays_inside_the_folder(text):
    try:
        path = PurePosixPath(require_path(text))
    except Invalid:
        return
    assert not path.is_absolute() and ".." not in path.parts
    assert str(path) == text and text.isprintable()


def test_files_come_back_sorted_and_whole():
    files = {"z.txt": b"z", "main.py": b"m", "a/b.py": b""}
    assert list(require_files(files).items()) == sorted(files.items())
    assert require_files({"run": b"#!/bin/sh"})


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"other.py": b""},
        MAIN | {"a": b"", "a/b": b""},
        MAIN | {"a/b": b"", "a/b/c/d": b""},
        MAIN | {f"{number}": b"" for number in range(FILES_MAX)},
    ],
)
def test_files_that_cannot_be_a_workspace_are_refused(files):
    with pytest.raises(Invalid):
        require_files(files)


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": b"x" * (FILE_BYTES_MAX + 1)},
        MAIN | {f"{number}": b"x" * FILE_BYTES_MAX for number in range(5)},
    ],
)
def test_files_that_are_too_large_are_refused(files):
    with pytest.raises(TooLarge):
        require_files(files)


@pytest.mark.parametrize("name", ["ada", "Ada 2.0", "é-ß_x", "x", "a" * 60, "7"])
def test_names_people_would_give(name):
    assert require_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " a", "a ", "-a", "a" * 61, "a\nb", "a<b>", "=1+1", "a\x00", None, "_a", "a/b"]
)
def test_names_that_would_deceive_are_refused(name):
    with pytest.raises(Invalid):
        require_name(name)


@pytest.mark.parametrize("strategy", ["Poet", "a b", "x" * 41, "é", None, "=x"])
def test_strategies_are_plain_labels(strategy):
    with pytest.raises(Invalid):
        require_strategy(strategy)
    assert require_strategy("poet-2_x") == "poet-2_x" and require_strategy("") == ""
