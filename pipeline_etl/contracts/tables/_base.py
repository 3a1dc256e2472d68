"""Columns that every stored row carries."""

import dataframely as dy

from pipeline_etl.contracts.columns import instant, whole, word
from pipeline_etl.contracts.vocabulary import ProviderName


class Stored(dy.Schema):
    """What every stored row says of itself."""

    provider = word(ProviderName, "CI service the row came from.", key=True)
    repository_id = whole("Identifier of the repository at the service; it survives renames.", key=True)
    extracted_at = instant("When the row was read from the service; of two rows with one key the later one stands.")
