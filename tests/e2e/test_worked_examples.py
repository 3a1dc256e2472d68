"""The worked examples beside the models, which say what every number means: dbt's unit tests, all of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

DBT = Path(__file__).parents[2] / "dbt"


def declared() -> set[str]:
    """Model and name of every worked example."""
    return {
        f"{test['model']}.{test['name']}"
        for path in (DBT / "models").rglob("*.yml")
        for test in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader).get("unit_tests", ())
    }


def test_every_worked_example_comes_out_as_it_says(sample_warehouse, tmp_path):
    # dbt takes the columns of what an example leaves out from tables that are there.
    warehouse = shutil.copyfile(sample_warehouse, tmp_path / "warehouse.duckdb")
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "test", "--select", "test_type:unit"),
            *("--project-dir", DBT, "--profiles-dir", DBT, "--target-path", tmp_path),
        ],
        env={**os.environ, "PIPELINE_ETL_WAREHOUSE": str(warehouse), "DBT_LOG_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    results = json.loads((tmp_path / "run_results.json").read_text("utf-8"))["results"]
    passed = {result["unique_id"].split(".", 2)[2] for result in results if result["status"] == "pass"}

    assert declared() - passed == set(), done.stdout
    assert len(passed) > 100
