"""Pictures that move without Python: what stands in the page with a script, and what without."""

import base64
import html
import io
import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from stn_numpy.teach import microscope, pictures
from stn_numpy.teach.pictures.picture import as_pixels, as_png

ALT = "A square that moves to the right & <on>."
U = np.random.default_rng(0).standard_normal((4, 5))


def square(place):
    frame = np.full((40, 60, 3), 255, np.uint8)
    frame[10:30, 10 * place:10 * place + 20] = 0, 114, 178
    return frame


@pytest.fixture(scope="module")
def one():
    return pictures.moving([square(place) for place in range(4)], list("abcd"), alt=ALT, name="place")


@pytest.fixture(scope="module")
def two():
    frames = [[square(place), square(place + 1)] for place in range(3)]
    return pictures.moving(frames, [["a", "b"], ["c", "d"], ["e", "f"]], alt=ALT, name=("row", "column"), start=(1, 1))


def stripped(page):
    """A page as those show it that strip scripts."""
    return re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def in_script(page, name):
    """The value that the script of a page gives to a name."""
    return json.JSONDecoder().raw_decode(page.split(f"{name} = ", 1)[1])[0]


def test_without_its_script_a_still_picture_stands_alone(one):
    page = stripped(one.html())
    assert page.count("<img") == 1 and f'alt="{html.escape(ALT)}"' in page
    assert not re.search(r"<input|<output|<button|<script", page)
    still = imread(io.BytesIO(base64.b64decode(page.split("base64,")[1].split('"')[0])))
    assert still.shape[0] >= 40 and (still[[0, 0, -1, -1], [0, -1, 0, -1]] == 1).all()
    blue = np.isclose(still[..., :3], np.array([0, 114, 178]) / 255).all(axis=2)
    assert blue.sum() == 4 * 20 * 20, "four squares, not one"


def test_the_output_has_the_page_and_the_still_picture_with_its_alt_text(one):
    data, metadata = one._repr_mimebundle_()
    assert data["text/html"] == one.html() and data["image/png"] == one.still.png()
    assert metadata == {"image/png": {"alt": ALT}} and ALT in data["text/plain"]


def test_every_background_has_its_colour(one):
    for style in re.findall(r'style="([^"]*)"', one.html()):
        assert ("background:" in style) == (";color:" in style), style


def test_the_script_has_every_frame_with_its_label(two):
    frames, labels = in_script(two.html(), "frames"), in_script(two.html(), "labels")
    assert labels == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert in_script(two.html(), "names") == ["row", "column"] and in_script(two.html(), "start") == [1, 1]
    for row, column in np.ndindex(3, 2):
        pixels = imread(io.BytesIO(base64.b64decode(frames[row][column])))
        np.testing.assert_array_equal(np.round(pixels[..., :3] * 255), square(row + column))


def test_one_slider_has_a_row_of_its_own_without_name(one):
    assert np.shape(in_script(one.html(), "frames")) == (1, 4) and in_script(one.html(), "names") == ["", "place"]


def test_the_script_reaches_sliders_by_keyboard_and_names_them(one):
    page = one.html()
    for part in ('slider.type = "range"', '"aria-label"', '"aria-valuetext"', "image.alt = ",
                 'slider.setAttribute("data-lm-suppress-shortcuts", "true")'):         # JupyterLab looks at the slider alone
        assert part in page


def test_nothing_in_a_label_can_end_the_script():
    page = pictures.moving([square(0)], ["</script><img src=x>"], alt=ALT).html()
    assert page.count("</script>") == 1 and in_script(page, "labels") == [["</script><img src=x>"]]


def test_frames_may_be_pictures_that_keep_their_alt_text_figures_or_pixels():
    frames = [pictures.two_rulers(4, mark=0.5), Figure((9, 1)), square(0)]
    alts = in_script(pictures.moving(frames, ["a", "b", "c"], alt=ALT).html(), "alts")[0]
    assert alts[0] == frames[0].alt and alts[1:] == [f"{ALT} b", f"{ALT} c"]


def test_the_same_frames_have_the_same_bytes(one):
    assert one.html() == pictures.moving([square(place) for place in range(4)], list("abcd"), alt=ALT,
                                         name="place").html()


def test_a_png_keeps_the_most_frequent_colours_and_takes_the_nearest_for_others():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[0] = 255
    pixels[1, 0] = 250, 255, 250
    shown = np.round(imread(io.BytesIO(as_png(pixels, colours=2)))[..., :3] * 255)
    pixels[1, 0] = 255
    np.testing.assert_array_equal(shown, pixels)


@pytest.mark.parametrize("arguments, message", [
    (([], []), "frames must be a list of frames"),
    (([[square(0)], []], [["a"], []]), "frames must be a list of frames"),
    (([square(0)], ["a", "b"]), r"labels must be one for each frame: wanted 1 x 1, got 2"),
    (([square(0) / 255], ["a"]), "a frame must be a Picture, a matplotlib figure or an image"),
    ((["picture"], ["a"]), "a frame must be a Picture, a matplotlib figure or an image"),
])
def test_refusals_say_what_is_wanted(arguments, message):
    with pytest.raises(ValueError, match=message):
        pictures.moving(*arguments, alt=ALT)


@pytest.mark.parametrize("options, message", [
    ({"alt": " "}, "alt must describe"), ({"alt": ALT, "start": 2}, "a start within 1 x 1 frames"),
])
def test_refusals_of_options(options, message):
    with pytest.raises(ValueError, match=message):
        pictures.moving([square(0)], ["a"], **options)


# --- The microscope's point, and theta's entries


def test_the_microscopes_point_moves_to_each_place():
    x, y = [-0.5, 1.25], [2.5]
    labels = microscope.moving(U, x, y).parts["labels"][0]
    half = 0.5 * (0.5 * U[2, 0] + 0.5 * U[3, 0])
    assert labels[0] == f"x = \N{MINUS SIGN}0.5, y = 2.5: V = {half:.3f}".replace("-", "\N{MINUS SIGN}")
    slope = 2 * ((U[2, 2] - U[2, 1]) + (U[3, 2] - U[3, 1])) / 2
    assert f"dx = {slope:.3f}".replace("-", "\N{MINUS SIGN}") in microscope.moving(U, x, y, dV=2).parts["labels"][0][1]


def test_the_microscope_refuses_places_that_are_no_numbers():
    with pytest.raises(ValueError, match="x must be at least one finite value"):
        microscope.moving(U, [np.nan, 1], [0, 1])


def test_explore_changes_one_entry_of_the_identity_at_a_time(monkeypatch):
    monkeypatch.setattr("stn_numpy.teach.pictures.sliders.CHANGES", (0, 0.5))
    explorer = pictures.explore(pictures.images.letter())
    frame = pictures.look_and_see(pictures.images.letter(), [1, 0, 0, 0, 1.5, 0], inches=7.5)
    assert explorer.parts["labels"][4][1].startswith("theta_22 = 1.5") and explorer.parts["alts"][4][1] == frame.alt
    frames = explorer.parts["frames"]
    assert frames[4][1] == base64.b64encode(as_png(as_pixels(frame), 32)).decode()
    assert frames[0][0] == frames[5][0], "no change: the identity"
