from pathlib import Path

from pipeline_etl.orchestration.dbt_assets import failed_nodes, models_fingerprint


def result(name: str, status: str, message: str | None) -> dict[str, object]:
    return {"unique_id": f"model.pipeline_etl.{name}", "status": status, "message": message}


def test_each_model_or_test_that_failed_is_named_with_what_dbt_says_in_one_line() -> None:
    results = [
        result("fct_jobs", "success", "OK"),
        result("fct_steps", "error", "Runtime Error in model fct_steps\n  Binder Error: no column x"),
        result("fct_failures", "skipped", "Skipping due to fail"),
        result("assert_waits_add_up", "fail", "Got 3 results, configured to fail if != 0"),
        result("assert_few", "warn", "Got 1 result, configured to warn if != 0"),
        result("odd", "error", None),
    ]

    assert failed_nodes({"results": results}) == [
        "fct_steps: Runtime Error in model fct_steps Binder Error: no column x",
        "assert_waits_add_up: Got 3 results, configured to fail if != 0",
        "odd: no message",
    ]


def test_the_fingerprint_of_the_models_changes_with_what_decides_their_rows_and_with_nothing_else(
    tmp_path: Path,
) -> None:
    for path, content in {"models/a.sql": "select 1", "dbt_project.yml": "name: x", "seeds/s.csv": "a"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    first = models_fingerprint(tmp_path, {})

    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "compiled.sql").write_text("select 2")
    assert models_fingerprint(tmp_path, {}) == first

    (tmp_path / "models" / "a.sql").rename(tmp_path / "models" / "b.sql")
    second = models_fingerprint(tmp_path, {})
    (tmp_path / "seeds" / "s.csv").write_text("b")
    third = models_fingerprint(tmp_path, {})
    assert len({first, second, third, models_fingerprint(tmp_path, {"self_hosted_minute_usd": 0.002})}) == 4
