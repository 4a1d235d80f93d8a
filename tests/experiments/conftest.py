"""What the tests of co-localisation share: a classifier trained for a few steps, and its encoder."""

import pytest
from colocalisation_digits import FEW

from stn_numpy.experiments import colocalisation_reader as reader


@pytest.fixture
def quick(monkeypatch):
    """A classifier that takes a few steps."""
    monkeypatch.setitem(reader.READER, "steps", 12)


@pytest.fixture
def encoder(quick):
    return reader.train_encoder(FEW, 0)[0]
