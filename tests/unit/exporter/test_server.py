"""``/metrics`` on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from pipeline_etl.errors import StorageError
from pipeline_etl.exporter import MetricsServer


@contextmanager
def serving(read) -> Iterator[str]:
    server = MetricsServer(read, port=0)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()


def test_every_scrape_asks_anew():
    texts = iter(["ci_runs 1\n", "ci_runs 2\n"])

    with serving(lambda: next(texts)) as url:
        answers = [httpx.get(url) for _ in range(2)]

    assert [answer.text for answer in answers] == ["ci_runs 1\n", "ci_runs 2\n"]
    assert answers[0].headers["content-type"].startswith("text/plain; version=")


def test_without_a_warehouse_the_answer_says_what_to_do():
    def read() -> str:
        raise StorageError("there is no warehouse")

    with serving(read) as url:
        answer = httpx.get(url)

    assert answer.status_code == 503
    assert "there is no warehouse" in answer.text


def test_nothing_else_is_served():
    with serving(lambda: "") as url:
        assert httpx.get(url.replace("/metrics", "/")).status_code == 404
