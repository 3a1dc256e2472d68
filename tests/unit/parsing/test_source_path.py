"""Paths are made relative to the repository where a runner's workspace shows in them."""

import pytest

from pipeline_etl.parsing.source_path import repository_path


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        ("/home/runner/work/repo/repo/src/a.py", "", "src/a.py"),
        ("/Users/runner/work/repo/repo/a.py", "", "a.py"),
        ("/__w/repo/repo/a.py", "", "a.py"),
        ("/github/workspace/a.py", "", "a.py"),
        ("D:\\a\\repo\\repo\\src\\a.cs", "", "src/a.cs"),
        ("/opt/actions-runner/_work/repo/repo/a.py", "", "a.py"),
        ("a.py", "/home/runner/work/repo/repo/src", "src/a.py"),
        ("a.py", "src\\", "src/a.py"),
        ("/usr/lib/a.py", "src", "/usr/lib/a.py"),
        ("C:\\temp\\a.cs", "src", "C:/temp/a.cs"),
        ("./a.py", "", "a.py"),
        ("/home/runner/work/repo/other/a.py", "", "/home/runner/work/repo/other/a.py"),
        ("", "", ""),
    ],
)
def test_a_path_loses_what_belongs_to_the_machine(path: str, folder: str, expected: str) -> None:
    assert repository_path(path, folder=folder) == expected
