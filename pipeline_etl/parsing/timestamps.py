"""Every foreign clock becomes an aware UTC instant here.

Services, test runners, coverage tools and shells each write time their own way. A time that cannot be read is unknown
(None), never an error and never a guess at another day.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

ISO: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt _](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?"
    r"\s?(?:([Zz]|UTC|GMT)|([+-])(\d\d):?(\d\d)?)?",
)

NUMBER: Final = re.compile(r"(\d{9,19})(?:\.(\d{1,18}))?")

# As `date` prints it in a C or English locale: "Sun 11 May 2025 09:24:51 PM UTC", "Sun May 11 21:24:51 UTC 2025".
# The same with a comma or a numeric zone is the RFC 2822 form of HTTP headers.
SPOKEN: Final = re.compile(
    r"(?:[A-Za-z]{3},?\s+)?"
    r"(?:(?P<day>\d{1,2})\s+(?P<month>[A-Za-z]{3})\s+(?P<year>\d{4})|(?P<month_first>[A-Za-z]{3})\s+(?P<day_second>\d{1,2}))\s+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)(?:\s+(?P<half>[AP]M))?"
    r"(?:\s+(?:UTC|GMT|Z|(?P<sign>[+-])(?P<zone_hours>\d\d):?(?P<zone_minutes>\d\d)))?"
    r"(?:\s+(?P<year_last>\d{4}))?",
    re.IGNORECASE,
)

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

LONGEST: Final = 64
"""No clock writes more characters; a longer text is no time and costs nothing to refuse."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str | None) -> datetime | None:
    """The instant a text names, in UTC and cut to microseconds; None when it names none.

    Understood: ISO 8601 with any number of fractional digits, with ``Z``, an offset, or neither (taken as UTC);
    seconds, milli-, micro- and nanoseconds since 1970; what ``date`` prints in English; the form of HTTP headers.
    """
    if text is None or len(text) > LONGEST:
        return None
    text = text.strip()
    try:
        if match := ISO.fullmatch(text):
            return _from_iso(match)
        if match := NUMBER.fullmatch(text):
            return _from_epoch(match)
        if match := SPOKEN.fullmatch(text):
            return _from_spoken(match)
    except (ValueError, OverflowError):  # the 31st of February, hour 25, year 9999 west of Greenwich
        return None
    return None


def _from_iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, _, sign, zone_hours, zone_minutes = match.groups()
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    return moment + _microseconds(fraction) - _offset(sign, zone_hours, zone_minutes)


def _from_epoch(match: re.Match[str]) -> datetime:
    """The size tells the unit: read as the next smaller one, each stands for a day before 1974."""
    whole, fraction = match.groups()
    number = int(whole)
    if number < 10**11:
        return EPOCH + timedelta(seconds=number) + _microseconds(fraction)
    if number < 10**14:
        return EPOCH + timedelta(milliseconds=number)
    return EPOCH + timedelta(microseconds=number if number < 10**17 else number // 1000)


def _from_spoken(match: re.Match[str]) -> datetime:
    part = match.groupdict()
    hour = int(part["hour"])
    if part["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if part["half"].upper() == "PM" else 0)
    month = MONTHS.index((part["month"] or part["month_first"]).lower()) + 1
    year = int(part["year"] or part["year_last"] or 0)
    day = int(part["day"] or part["day_second"])
    moment = datetime(year, month, day, hour, int(part["minute"]), int(part["second"]), tzinfo=UTC)
    return moment - _offset(part["sign"], part["zone_hours"], part["zone_minutes"])


def _microseconds(fraction: str | None) -> timedelta:
    return timedelta(microseconds=int(fraction[:6].ljust(6, "0")) if fraction else 0)


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    if sign is None:
        return timedelta()
    distance = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return distance if sign == "+" else -distance
