"""The verbs that show the published warehouse to Prometheus."""

import sys
from typing import Annotated

import typer

from pipeline_etl.cli.speech import Options, plain_errors, stderr
from pipeline_etl.cli.views import build_if_missing
from pipeline_etl.settings import Settings, load_settings
from pipeline_etl.storage import read_published

# prometheus_client is imported inside the verbs that need it: the others answer at once.
# ruff: noqa: PLC0415

HostOption = Annotated[str, typer.Option(help="Address to listen on; any but this shows them to other machines.")]
PortOption = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for one that is free.")]


def add_to(app: typer.Typer) -> None:
    """Add both verbs."""
    app.command("pipeline-metrics")(pipeline_metrics)
    app.command("serve-metrics")(serve_metrics)


def pipeline_metrics(context: typer.Context) -> None:
    """Print the current metrics in Prometheus' text format, for a textfile collector or to look at.

    Reads the published warehouse. The catalogue of metrics is in docs/metrics.md.

    Example: `pipeline-etl pipeline-metrics > /var/lib/node_exporter/textfile/ci.prom`
    """
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        in_force = load_settings()
        build_if_missing(in_force, is_verbose=options.is_verbose)
        sys.stdout.write(_read(in_force))


def serve_metrics(context: typer.Context, *, host: HostOption = "127.0.0.1", port: PortOption = 9464) -> None:
    """Serve them at http://127.0.0.1:9464/metrics until stopped; every scrape reads the warehouse as it is then.

    Example scrape: `{job_name: ci, scrape_interval: 5m, static_configs: [{targets: ["127.0.0.1:9464"]}]}`
    """
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        from pipeline_etl.exporter import MetricsServer

        in_force = load_settings()
        build_if_missing(in_force, is_verbose=options.is_verbose)
        try:
            server = MetricsServer(lambda: _read(in_force), host=host, port=port)
        except OSError as error:
            stderr.print(f"[red]{host}:{port} cannot be listened on: {error.strerror}.[/] Try --port 0.")
            raise typer.Exit(1) from None
        stderr.print(f"Serving {server.url}; Ctrl-C stops it.", highlight=False)
        try:
            server.serve()
        except KeyboardInterrupt:
            raise typer.Exit(0) from None


def _read(in_force: Settings) -> str:
    from pipeline_etl.exporter import exposition

    with read_published(in_force.warehouse_path) as connection:
        return exposition(connection)
