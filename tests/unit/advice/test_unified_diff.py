"""A patch is what git itself can apply."""

import subprocess
from pathlib import Path

import pytest

from pipeline_etl.advice.unified_diff import difference
from pipeline_etl.errors import UnpatchableWorkflowFile

PATH = ".github/workflows/ci.yml"


def applied(folder: Path, before: str, patch: str) -> str:
    """What `git apply` makes of a file."""
    file = folder / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(before.encode())
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.encode(), check=True)
    return file.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nx\nc\n"),
        ("a\nb", "a\nx"),
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("a\r\nb\r\n", "a\r\nx\r\nb\r\n"),
        ("a\x0bb\u2028c\nd\n", "a\x0bb\u2028c\ne\n"),
        (
            "".join(f"{number}\n" for number in range(40)),
            "".join(f"{number}\n" for number in range(40) if number != 20),
        ),
    ],
)
def test_git_applies_it_to_the_last_byte(tmp_path, before, after):
    assert applied(tmp_path, before, difference(PATH, before, after)) == after


def test_what_is_said_before_it_does_not_disturb_git(tmp_path):
    patch = "# Why: because it is too slow.\n#\n" + difference(PATH, "a\n", "b\n")

    assert applied(tmp_path, "a\n", patch) == "b\n"


def test_equal_texts_have_no_difference():
    assert difference(PATH, "a\n", "a\n") == ""


@pytest.mark.parametrize("path", ["../x.yml", "/etc/passwd", "a/./b", "a\nb", "a b", '"a"', "", "a//b", "a/"])
def test_a_path_that_leads_out_or_needs_quotes_is_refused(path):
    with pytest.raises(UnpatchableWorkflowFile):
        difference(path, "a", "b")
