"""Every command there is works and is told of; every command told of is there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from typer.main import get_command

from pipeline_etl.cli.app import app

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z][a-z-]*):", MAKEFILE, flags=re.MULTILINE)
VERBS = set(get_command(app).commands)
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)(?: ; (.*?))? \\$", flags=re.MULTILINE)


def make(*words: str) -> str:
    return subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_bare_make_tells_of_every_target_in_one_line_each() -> None:
    told = [line.split()[1] for line in make().splitlines()]

    assert told == TARGETS


def test_every_target_is_declared_phony() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", make("--print-data-base", "--dry-run", "help"), flags=re.MULTILINE)

    assert phony is not None
    assert set(phony[1].split()) == set(TARGETS)


def test_every_verb_the_makefile_calls_exists() -> None:
    called = re.findall(r"\$\(ETL\) ([a-z-]+)", MAKEFILE)

    assert called
    assert set(called) <= VERBS


def test_every_verb_has_a_target_of_its_name() -> None:
    assert set(TARGETS) >= VERBS


def test_every_target_that_uses_the_environment_sets_it_up() -> None:
    rules = re.findall(r"^([a-z][a-z-]*):([^#\n]*)##[^\n]*\n((?:\t[^\n]*\n)+)", MAKEFILE, flags=re.MULTILINE)
    needing = {name for name, _, recipe in rules if re.search(r"\$\(ETL\)|\$\(PYTHON\)|\.venv/bin", recipe)}

    assert needing
    assert needing == {name for name, before, _ in rules if "$(READY)" in before}


def test_settings_on_the_command_line_of_make_reach_the_program() -> None:
    said = subprocess.run(
        ["make", "--silent", "-f", "-", "REPOSITORIES=owner/name"],
        input="say:\n\t@printenv REPOSITORIES\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "owner/name\n"


def test_ci_runs_the_check_and_the_test_a_newcomer_runs() -> None:
    commands = [line for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines() if line.startswith("make")]

    assert commands == ["make check", "make test"]


def test_the_lock_holds_every_dependency_in_a_version_the_project_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [Requirement(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    locked = {
        name.lower(): version for name, version, _ in PINNED.findall((ROOT / "requirements.lock").read_text("utf-8"))
    }

    assert [str(need) for need in wanted if not need.specifier.contains(locked.get(need.name.lower(), "0"))] == []


def test_the_lock_names_versions_and_hashes_and_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock)[1:]

    assert "://" not in lock
    assert len(entries) > 100
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_sample_comes_with_every_clone() -> None:
    """A pattern that hides a folder of the sample goes unnoticed on the machine that made it."""
    hidden = subprocess.run(
        ["git", "status", "--porcelain", "--ignored", "data/sample"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert hidden.stdout == ""


def test_the_front_door_opens_without_dagster_dbt_or_what_speaks_to_services() -> None:
    code = "import sys, pipeline_etl.cli.app; print([name for name in sys.argv[1:] if name in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", code, "dagster", "dbt", "polars", "httpx"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "[]\n"
