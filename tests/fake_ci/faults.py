"""What goes wrong on the way, scripted by route: each fault strikes so many times and is gone."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

UNICORN = b"<!DOCTYPE html><html><body>Unicorn! 502</body></html>"


@dataclass
class Fault:
    """What goes wrong with an answer.

    A status 0 resets the connection; ``cut`` promises more bytes than come; ``short`` promises what comes, which is half;
    ``trickled`` sends so many bytes at a time; ``before`` happens as the answer is made.
    """

    route: str
    times: int = 1
    status: int | None = None
    body: bytes = b'{"message": "Server Error"}'
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    short: bool = False
    trickled: int = 0
    before: Callable[[], object] | None = None


class Faults:
    def __init__(self) -> None:
        self._scripted: list[Fault] = []
        self._lock = threading.Lock()

    def script(self, fault: Fault) -> None:
        self._scripted.append(fault)

    def strike(self, path: str) -> Fault | None:
        with self._lock:
            for fault in self._scripted:
                if fault.times and re.search(fault.route, path):
                    fault.times -= 1
                    return fault
        return None


def secondary_limit(route: str, *, status: int = 403, times: int = 1, retry_after: str | None = None) -> Fault:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    body = b'{"message": "You have exceeded a secondary rate limit."}'
    return Fault(route, times=times, status=status, body=body, headers=headers)
