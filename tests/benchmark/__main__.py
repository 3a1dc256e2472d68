"""``make benchmark``: what the product takes, printed with the machine's load; ``ONLY=parsers,commands`` chooses areas.

Every figure stands beside the one it must reach, or beside a floor or rival measured in the same run on the same data,
because absolute speeds on a shared machine say little.
"""

import os
import platform
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.benchmark import (
    commands,
    extraction,
    failures,
    flakiness,
    history,
    models,
    parsers,
    pass_rates,
    regressions,
    reports,
)
from tests.benchmark.figure import Figure

AREAS: Final[dict[str, Callable[[], Iterable[Figure]]]] = {
    "commands": commands.figures,
    "extraction": extraction.figures,
    "failures": failures.figures,
    "flakiness": flakiness.figures,
    "history": history.figures,
    "models": models.figures,
    "parsers": parsers.figures,
    "pass-rates": pass_rates.figures,
    "reports": reports.figures,
    "regressions": regressions.figures,
}


def main() -> None:
    console = Console()
    chosen = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(AREAS)
    if unknown := sorted(set(chosen) - set(AREAS)):
        raise SystemExit(f"ONLY={','.join(unknown)}: there is {', '.join(AREAS)}.")
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    table = Table(
        title=f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load before {load}"
    )
    for name in ("what", "measured", "to reach", ""):
        table.add_column(name, justify="left" if name in ("what", "") else "right")
    figures = [figure for name in chosen for figure in AREAS[name]()]
    for figure in figures:
        bound = "" if figure.bound is None else f"{'≥' if figure.is_floor else '≤'} {figure.bound:g} {figure.unit}"
        table.add_row(figure.what, f"{figure.value:,.4g} {figure.unit}", bound, figure.verdict)
    console.print(table)
    console.print(f"load after: {os.getloadavg()[0]:.2f}")
    if any(figure.verdict == "MISSED" for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
