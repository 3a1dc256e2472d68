"""The verb that lists open alerts and, when asked, tells people of them."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline_etl.alerting import Alert, read_alerts, stale_alerts
from pipeline_etl.alerting import message as words
from pipeline_etl.cli.speech import Options, plain_errors, stderr
from pipeline_etl.cli.views import PIPED_WIDTH, build_if_missing
from pipeline_etl.errors import SettingsError
from pipeline_etl.settings import Settings, load_settings, make_data_root, variable
from pipeline_etl.storage import read_published
from pipeline_etl.wording import instant, plural, printable, shortened

if TYPE_CHECKING:
    from pipeline_etl.alerting.channels import Channel
    from pipeline_etl.alerting.delivery import Delivered

# What speaks to services is imported where somebody is told: a list of alerts answers at once.
# ruff: noqa: PLC0415

OPEN_ALERTS: Final = 3
"""Exit code when something is open, apart from 1, which says that the command itself failed."""

STYLES: Final = {"critical": "red", "warning": "yellow", "info": "dim"}


class Severity(StrEnum):
    """From which severity on."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


def check_alerts(
    context: typer.Context,
    *,
    severity: Annotated[
        Severity, typer.Option("--severity", help="Only alerts of this severity or a graver one.")
    ] = Severity.WARNING,
    deliver_to: Annotated[
        str, typer.Option("--deliver", help="Tell people: `slack`, `github`, or both with a comma between.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the alerts as JSON.")] = False,
) -> None:
    """What is beyond its threshold now. Exit code 3 when anything is, 0 when nothing is, 1 when that is not known.

    Delivery is off until it is asked for. Slack gets a message when an alert opens and one when it is over, and needs
    PIPELINE_ETL_SLACK_WEBHOOK_URL. GitHub gets an issue for each alert in the alert's own repository, kept up to date
    and closed when it is over, and needs a token with Issues: write. What was told is remembered in the data folder.
    What a first sync or a backfill finds, and recorded archives, are listed and not delivered.

    As in:

    * `make check-alerts`

    * `pipeline-etl check-alerts --deliver slack,github`

    * `pipeline-etl check-alerts --severity critical --json`
    """
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        now = datetime.now(UTC)
        in_force = load_settings()
        channels = _channels(deliver_to, in_force)
        build_if_missing(in_force, is_verbose=options.is_verbose)
        with read_published(in_force.warehouse_path) as connection:
            alerts = [*stale_alerts(connection, now=now), *read_alerts(connection)]
        grave = [alert for alert in alerts if alert.is_as_grave_as(severity.value)]
        open_now = [alert for alert in grave if alert.is_open]
        told: Sequence[Delivered] = ()
        if channels:
            from pipeline_etl.alerting.delivery import deliver
            from pipeline_etl.alerting.journal import Journal

            make_data_root(in_force)
            told = deliver(grave, channels, Journal(in_force.data_root / "alerts" / "delivered.jsonl"), now=now)
        if as_json:
            sys.stdout.write(json.dumps(_facts(open_now, told), indent=2, default=str, ensure_ascii=False) + "\n")
        else:
            _show(open_now, told, hidden_count=sum(alert.is_open for alert in alerts) - len(open_now))
        failed = [(one, one.error) for one in told if one.error is not None]
        for one, error in failed:
            line = f"Not delivered to {one.channel}: {words.what(one.alert)}. {error} {error.advice}"
            stderr.print(Text(line, style="red"), soft_wrap=True)
        if failed:
            raise typer.Exit(1)
        if open_now:
            raise typer.Exit(OPEN_ALERTS)


def _channels(names: str, in_force: Settings) -> "list[Channel]":
    """The channels that were asked for, in that order.

    Raises:
        SettingsError: one is unknown, or lacks its setting.
    """
    makers = {"slack": _slack, "github": _github}
    asked = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in asked if name not in makers]
    if unknown:
        raise SettingsError(f"There is no channel {unknown[0]!r}; there is {' and '.join(makers)}.")
    return [makers[name](in_force) for name in dict.fromkeys(asked)]


def _slack(in_force: Settings) -> "Channel":
    if in_force.slack_webhook_url is None:
        raise SettingsError(f"{variable('slack_webhook_url')} is not set; `make settings` says what it is.")
    from pipeline_etl.alerting.channels import Slack
    from pipeline_etl.providers.posting import Poster
    from pipeline_etl.providers.slack import SlackWebhook

    return Slack(webhook=SlackWebhook(poster=Poster(in_force.slack_webhook_url.get_secret_value())))


def _github(in_force: Settings) -> "Channel":
    if in_force.github_token is None:
        raise SettingsError(f"{variable('github_token')} is not set; issues need a token with Issues: write.")
    from pipeline_etl.alerting.channels import GitHubIssues
    from pipeline_etl.providers.github.endpoints import HEADERS
    from pipeline_etl.providers.github.issues import Issues
    from pipeline_etl.providers.posting import Poster

    token = in_force.github_token.get_secret_value()
    return GitHubIssues(issues=Issues(poster=Poster(in_force.github_api_url, token=token, headers=HEADERS)))


def _show(open_now: Sequence[Alert], told: "Sequence[Delivered]", *, hidden_count: int) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    if open_now:
        console.print(_table(open_now))
    console.print(f"{plural(len(open_now), 'alert is', 'alerts are')} open.".capitalize(), highlight=False)
    if hidden_count:
        console.print(f"{plural(hidden_count, 'more', 'more')} of less weight: --severity info", highlight=False)
    for channel in dict.fromkeys(one.channel for one in told):
        count = sum(one.channel == channel and one.error is None for one in told)
        console.print(f"Told {channel} of {plural(count, 'alert')}.", highlight=False)


def _table(alerts: Sequence[Alert]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Severity")
    table.add_column("What", overflow="fold")
    table.add_column("Where", overflow="fold", ratio=1)
    table.add_column("Value", justify="right")
    table.add_column("Against", justify="right")
    table.add_column("Since", no_wrap=True)
    for alert in alerts:
        where = f"{shortened(alert.entity_name or '', 60)} in {printable(alert.repository_name)}"
        table.add_row(
            Text(alert.severity, style=STYLES[alert.severity]),
            Text(words.what(alert)),
            Text(where),
            Text(words.value(alert)),
            Text(words.threshold(alert)),
            Text(instant(alert.opened_at)[:10]),
        )
    return table


def _facts(open_now: Sequence[Alert], told: "Sequence[Delivered]") -> dict[str, Any]:
    return {
        "open_count": len(open_now),
        "alerts": [{name: getattr(alert, name) for name in alert.__dataclass_fields__} for alert in open_now],
        "delivered": [
            {
                "channel": one.channel,
                "alert_id": one.alert.alert_id,
                "is_open": one.alert.is_open,
                "error": None if one.error is None else str(one.error),
            }
            for one in told
        ],
    }
