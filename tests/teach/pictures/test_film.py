"""The film of lesson 00: from a clone, and from an installed package, which has no folder docs beside it."""

import importlib
import shutil

import pytest

film = importlib.import_module("stn_numpy.teach.pictures.film")      # the function of this name hides the module


def test_the_film_is_found_where_a_wheel_puts_it(tmp_path, monkeypatch):
    shutil.copyfile(film.FILM, tmp_path / film.FILM.name)
    monkeypatch.setattr(film, "FILM", tmp_path / "clone" / film.FILM.name)
    monkeypatch.setattr(film, "INSTALLED", tmp_path / "neither.gif")
    with pytest.raises(FileNotFoundError, match="neither .*install the package again"):
        film.film()
    monkeypatch.setattr(film, "INSTALLED", tmp_path / film.FILM.name)
    assert "after 2400 steps of training" in str(film.film()._repr_mimebundle_())
