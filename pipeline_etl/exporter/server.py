"""``/metrics`` of the published warehouse, for a Prometheus server to scrape."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST

from pipeline_etl.errors import PipelineError

PATH: Final = "/metrics"


class MetricsServer:
    """Answers ``/metrics`` with what ``read`` says, asked anew each time: a warehouse published later is seen.

    Args:
        read: The text; a PipelineError becomes the answer 503 with its words.
        host: Address to listen on. The text names repositories and workflows: nobody but this machine by default.
        port: 0 for one that is free.
    """

    def __init__(self, read: Callable[[], str], *, host: str = "127.0.0.1", port: int) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(read))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._server.server_address[:2]
        shown = host.decode() if isinstance(host, bytes) else host
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}{PATH}"

    def serve(self) -> None:
        """Answer until ``stop`` is called or the process ends."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """End ``serve`` and let go of the port."""
        self._server.shutdown()
        self._server.server_close()


def _handler(read: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    # One read at a time: two scrapes at once ask the same of the same file.
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] != PATH:
                self._answer(HTTPStatus.NOT_FOUND, f"Metrics are at {PATH}.\n", "text/plain; charset=utf-8")
                return
            try:
                with lock:
                    text = read()
            except PipelineError as error:
                said = f"{error}\n{error.advice}\n"
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, said, "text/plain; charset=utf-8")
                return
            self._answer(HTTPStatus.OK, text, CONTENT_TYPE_LATEST)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """A scrape every fifteen seconds is no news."""

        def _answer(self, status: HTTPStatus, text: str, content_type: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
