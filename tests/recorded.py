"""Small recorded archives cut out of the bundled sample: as the service stood at a moment, for the runs one names.

The sample's provenance and licences (data/sample) hold for what is cut out of it.
"""

import gzip
import json
import shutil
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
SQLITE_UTILS = "simonw/sqlite-utils"
BITCOIN = "bitcoin/bitcoin"


def lines(path: Path) -> list[dict]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def runs_of(name: str) -> list[dict]:
    """Every attempt of the sample's repository, oldest first."""
    runs = lines(SAMPLE / "github" / name / "runs.jsonl.gz")
    return sorted(runs, key=lambda run: (run["created_at"], run["id"], run["run_attempt"]))


def cut_archive(root: Path, name: str, *, run_ids: Collection[int], until: datetime | None = None) -> Path:
    """An archive under ``root`` that holds some runs of the sample, as the service showed them at ``until``.

    An attempt that had not ended then is not there yet; its re-run is a later attempt of the same run, so that the
    list of runs shows the attempt before it. The archive's snapshot date is ``until``.
    """
    source = SAMPLE / "github" / name
    target = root / "github" / name
    target.mkdir(parents=True, exist_ok=True)
    moment = f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else "9999"

    attempts = {
        (run["id"], run["run_attempt"])
        for run in lines(source / "runs.jsonl.gz")
        if run["id"] in run_ids and run["updated_at"] <= moment
    }

    def copy(file: str, keep: Callable[[dict], bool]) -> None:
        if (source / file).exists():
            with gzip.open(target / file, "wt", encoding="utf-8") as out:
                out.writelines(json.dumps(row) + "\n" for row in lines(source / file) if keep(row))

    copy("runs.jsonl.gz", lambda run: (run["id"], run["run_attempt"]) in attempts)
    copy("jobs.jsonl.gz", lambda job: (job["run_id"], job["run_attempt"]) in attempts)
    copy(
        "artifacts.jsonl.gz",
        lambda artifact: artifact["workflow_run"]["id"] in run_ids and artifact["created_at"] <= moment,
    )
    copy("caches.jsonl.gz", lambda cache: cache["created_at"] <= moment)
    for file in ("repository.json", "workflows.jsonl"):
        shutil.copy(source / file, target / file)
    for folder in ("contents", "artifact_zips"):
        if (source / folder).exists() and not (target / folder).exists():
            (target / folder).symlink_to(source / folder)
    (target / "logs").mkdir(exist_ok=True)
    for run_id, attempt in attempts:
        log = source / "logs" / f"{run_id}-{attempt}.zip"
        if log.exists() and not (target / "logs" / log.name).exists():
            (target / "logs" / log.name).symlink_to(log)
    manifest = json.loads((source / "archive.json").read_text())
    if until:
        manifest["snapshot_at"] = moment
    (target / "archive.json").write_text(json.dumps(manifest))
    return root
