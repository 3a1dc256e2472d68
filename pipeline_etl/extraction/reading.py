"""Reads many things at a time and hands them on batch by batch; while one is handed on the next is being read."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, TypeVar

from pipeline_etl.errors import PipelineError
from pipeline_etl.extraction.rows import Reading

BATCH_SIZE: Final = 50
"""Things in a batch: what a kill can cost, twice over. Each batch is one file per table and month."""

HEARTBEAT_SECONDS: Final = 2.0
"""While nothing ends it is said this often how things stand."""

Thing = TypeVar("Thing")


def read_in_batches(
    things: Sequence[Thing],
    read: Callable[[Thing], Reading],
    *,
    concurrent_requests: int,
    tell: Callable[[int], None],
) -> Generator[list[Reading], None, None]:
    """What was read, in the order of the things.

    Args:
        things: to read.
        read: reads one; raises the error that says that nothing more can be read now.
        concurrent_requests: how many are read at a time.
        tell: told how many are read, again and again.

    Raises:
        PipelineError: what ``read`` raised first, after everything that was read has been handed on.
    """
    stopped: list[PipelineError] = []

    def guarded(thing: Thing) -> Reading | None:
        if stopped:
            return None
        try:
            return read(thing)
        except PipelineError as error:
            stopped.append(error)
            return None

    starts = iter(range(0, len(things), BATCH_SIZE))
    done = 0
    pool = ThreadPoolExecutor(concurrent_requests)
    try:

        def submitted() -> Iterator[list[Future[Reading | None]]]:
            for start in starts:
                yield [pool.submit(guarded, thing) for thing in things[start : start + BATCH_SIZE]]

        batches = submitted()
        ahead = deque(batch for _, batch in zip(range(2), batches, strict=False))
        while ahead:
            batch = ahead.popleft()
            while not wait(batch, timeout=HEARTBEAT_SECONDS).done.issuperset(batch):
                tell(done + sum(future.done() for future in batch))
            readings = [reading for future in batch if (reading := future.result()) is not None]
            done += len(readings)
            tell(done)
            if not stopped:
                ahead.extend(batch for _, batch in zip(range(1), batches, strict=False))
            yield readings
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if stopped:
        raise stopped[0]
