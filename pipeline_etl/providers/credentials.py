"""What a request to a service is signed with: a token that stays, or one that is renewed while it is used."""

from dataclasses import dataclass, field
from typing import Protocol


class Credential(Protocol):
    """Gives the token for each request. Shared by threads; shows the token to nobody who prints it."""

    def token(self) -> str | None:
        """The token for a request that is sent now; None to ask without one.

        Raises:
            ProviderError: a new one was due and could not be had.
        """

    def renew(self, *, refused: str) -> bool:
        """Have another token in place of one the service refused; False when there is no other to be had."""


@dataclass(frozen=True)
class FixedToken:
    """A token as a person set it."""

    value: str | None = field(repr=False)

    def token(self) -> str | None:
        """The token."""
        return self.value

    def renew(self, *, refused: str) -> bool:
        """There is no other."""
        del refused
        return False
