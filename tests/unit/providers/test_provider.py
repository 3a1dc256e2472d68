from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from pipeline_etl import providers
from pipeline_etl.contracts.vocabulary import ProviderName
from pipeline_etl.providers import PROVIDERS, Provider, Waiting

PUBLIC = {name for name in vars(providers) if not name.startswith("_")}


def test_every_declared_service_can_be_opened():
    waiting = Waiting(now=lambda: datetime(2026, 8, 21, tzinfo=UTC))

    assert set(PROVIDERS) == set(get_args(ProviderName))
    for opener in PROVIDERS.values():
        provider = opener("https://api.example", token=None, waiting=waiting)
        methods = [name for name in vars(Provider) if not name.startswith("_")]
        assert [name for name in methods if not hasattr(provider, name)] == []


def test_what_the_room_exports_is_there():
    assert set(providers.__all__) <= PUBLIC
    assert Path(providers.__file__).parent.name == "providers"
