"""Pages of the site that are made from what they speak of, so that they cannot be stale.

`index.md` is the README; questions, commands, settings, metrics and marts come from the code and the dbt project; the
lineage is dbt's own documentation, one file without a request to anywhere.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from typer.main import get_command

from pipeline_etl.cli.app import app
from pipeline_etl.exporter import GAUGES, SERIES_LIMIT
from pipeline_etl.reports.report import SECTIONS, VIEWS
from pipeline_etl.settings import Settings, variable

ROOT = Path(__file__).parents[2]
LINEAGE = "lineage/index.html"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made."""
    pages = {
        "index.md": readme(),
        "questions.md": questions(),
        "commands.md": commands(),
        "settings.md": settings(),
        "prometheus.md": prometheus(),
        "marts.md": marts(),
        "lineage.md": LINEAGE_PAGE,
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    files.append(File.generated(config, LINEAGE, content=lineage()))
    return files


def readme() -> str:
    """The README, its links as the site has them."""
    text = (ROOT / "README.md").read_text("utf-8")
    text = re.sub(r"\]\(docs/", "](", text)
    # What is no page of the site is named and not linked to.
    return re.sub(r"\[([^\]]+)\]\((?:data/sample/[^)]*)\)", r"\1 (`data/sample/README.md`)", text)


def questions() -> str:
    """Every question the report answers: what shows it, which marts hold the answer, and what its numbers mean."""
    parts = [
        "# What is answered where",
        "",
        "`make generate-pipeline-report` answers all of it. A view is quicker and can be narrowed by workflow,",
        "repository and date. Marts are tables to query; the definition says what a number means and leaves out.",
        "",
        "| question | view | marts | definition |",
        "|---|---|---|---|",
    ]
    for section in SECTIONS:
        views = ", ".join(f"[{view.name}](commands.md#{view.name})" for view in VIEWS if section in view.sections)
        marts = ", ".join(f"[{mart}](marts.md#{mart})" for mart in section.reads)
        defined = f"[{section.definition.replace('-', ' ')}](metrics.md#{section.definition})"
        parts.append(f"| {_cell(section.question)} | {views} | {marts} | {defined} |")
    return "\n".join(parts) + "\n"


def commands() -> str:
    """Every verb with what it says of itself."""
    parts = ["# Commands", "", "`make <command>`, or `pipeline-etl <command>` where the package is installed.", ""]
    for name, command in sorted(get_command(app).commands.items()):
        parts += [f"## {name}", "", _plain(command.help or ""), ""]
        options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
        if options:
            parts += ["| option | meaning |", "|---|---|"]
            parts += [f"| `{option.opts[0]}` | {_cell(getattr(option, 'help', None) or '')} |" for option in options]
            parts.append("")
    return "\n".join(parts)


def settings() -> str:
    """Every setting with its variable and an example."""
    parts = [
        "# Settings",
        "",
        "From `pipeline_etl.toml` in the working directory, by name; the environment variable wins over the file.",
        "`make settings` shows what is in force.",
        "",
        "| name | variable | meaning | example |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        example = str(field.examples[0]).splitlines()[0] if field.examples else ""
        parts.append(f"| `{name}` | `{variable(name)}` | {_cell(field.description or '')} | `{example}` |")
    return "\n".join(parts) + "\n"


def prometheus() -> str:
    """The catalogue of exported metrics."""
    parts = [
        "# Metrics for Prometheus",
        "",
        "`make pipeline-metrics` prints them, `make serve-metrics` serves them at `http://127.0.0.1:9464/metrics`.",
        f"Every metric has the label `repository`, and at most {SERIES_LIMIT} series for each: the busiest. What is",
        "left out is counted in `ci_exporter_series_dropped`. What is not known has no series. Moments are seconds",
        "since 1970: an age is `time() - metric`.",
        "",
        "| metric | meaning | more labels | read from |",
        "|---|---|---|---|",
    ]
    for gauge in GAUGES:
        labels = ", ".join(f"`{label.removesuffix('_name')}`" for label in gauge.labels)
        parts.append(f"| `{gauge.name}` | {_cell(gauge.documentation)} | {labels} | `marts.{gauge.mart}` |")
    return "\n".join(parts) + "\n"


def marts() -> str:
    """Every mart and column, as the dbt models declare them."""
    parts = [
        "# Marts",
        "",
        "What to query: `duckdb -readonly data/warehouse.duckdb`, then `from marts.fct_jobs`. Names end in their unit:",
        "`_seconds`, `_bytes`, `_ratio` (0 to 1), `_usd`, `_count`, `_at` (UTC). Null is unknown, never zero.",
        "",
    ]
    models = [
        model
        for path in sorted((ROOT / "dbt" / "models" / "marts").glob("*.yml"))
        for model in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["models"]
    ]
    parts += [f"* [{model['name']}](#{model['name']})" for model in models]
    for model in models:
        parts += ["", f"## {model['name']}", "", _plain(model["description"]), ""]
        parts += ["| column | type | meaning |", "|---|---|---|"]
        parts += [f"| `{it['name']}` | {it['data_type']} | {_cell(it['description'])} |" for it in model["columns"]]
    return "\n".join(parts) + "\n"


LINEAGE_PAGE = f"""# Lineage

[dbt's documentation of every model]({LINEAGE}), from `raw` to the marts, with the SQL of each and the graph of what is
made from what (the button at the lower right). Dagster shows the same graph with what ran when: `make dev`.
"""


def lineage() -> str:
    """Dbt's documentation as one file."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - our own command
            [
                *(Path(sys.executable).with_name("dbt"), "--quiet", "docs", "generate", "--static", "--empty-catalog"),
                *("--project-dir", ROOT / "dbt", "--profiles-dir", ROOT / "dbt", "--target-path", folder),
            ],
            env={**os.environ, "PIPELINE_ETL_WAREHOUSE": ":memory:", "DBT_LOG_PATH": folder},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PluginError(f"dbt cannot document the project: {done.stdout[-2_000:]}")
        return (Path(folder) / "static_index.html").read_text("utf-8")


def _plain(text: str) -> str:
    """Words of code as Markdown shows them: a name in angle brackets is no tag."""
    return text.strip().replace("<", "&lt;")


def _cell(text: str) -> str:
    return _plain(" ".join(text.split())).replace("|", "\\|")
