"""Sliders for theta, with a film strip above them that shows the same to a reader without a kernel.

A notebook keeps the strip; the sliders are there only while its kernel runs, and the tooling of the notebooks takes
them out of what is committed.
"""

import numpy as np

from ...grid.affine import affine_grid_forward
from ...sampler.fast import bilinear_sampler_forward
from .arguments import one_image, one_theta
from .galleries import draw_grid, grid_gallery
from .maps import draw_map, number, value_limits
from .picture import Picture, drawn, panels

ENTRIES = ("theta_11", "theta_12", "theta_13", "theta_21", "theta_22", "theta_23")
FILM = (("identity", (1, 0, 0, 0, 1, 0)), ("theta_13 = 0.5", (1, 0, 0.5, 0, 1, 0)),
        ("theta_23 = 0.5", (1, 0, 0, 0, 1, 0.5)), ("theta_11 = 0.5", (0.5, 0, 0, 0, 1, 0)),
        ("theta_12 = 0.5", (1, 0.5, 0, 0, 1, 0)), ("theta_21 = 0.5", (1, 0, 0, 0.5, 1, 0)))
REACH = 2.1          # normalised units shown to each side


class Explorer:
    """A film strip, and the sliders where they can work. `film` is its Picture; `widget()` makes the sliders."""

    def __init__(self, film, draw):
        self.film, self._draw = film, draw

    def widget(self):
        """The six sliders, laid out as theta is, over a picture that follows them; None without ipywidgets."""
        try:
            import ipywidgets
        except ImportError:
            return None
        sliders = [ipywidgets.FloatSlider(value, min=-2, max=2, step=0.05, description=name, readout_format=".2f",
                                          layout=ipywidgets.Layout(width="290px"))
                   for name, value in zip(ENTRIES, np.eye(2, 3).ravel())]
        image = ipywidgets.HTML()

        def follow(change=None):
            image.value = self._draw([slider.value for slider in sliders]).html()

        for slider in sliders:
            slider.observe(follow, "value")
        follow()
        rows = [ipywidgets.HBox(sliders[:3]), ipywidgets.HBox(sliders[3:])]
        return ipywidgets.VBox(rows + [image])

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.film._repr_mimebundle_(include, exclude)

    def _ipython_display_(self):
        from IPython.display import display

        display(self.film)
        widget = self.widget()
        if widget is not None:
            display(widget)


def explore(U, film=FILM, *, out_shape=None, padding="zeros", align_corners=True):
    """Sliders for the six entries of theta, under a film strip of what they do.

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    film : list of (title, theta)    the frames of the strip, theta as six numbers or (2, 3)
    out_shape : (H_out, W_out)       by default the size of U

    Returns
    -------
    explorer : Explorer              shows itself in a notebook; .film is the strip as a Picture
    """
    options = {"out_shape": out_shape, "padding": padding, "align_corners": align_corners}
    titles, thetas = [title for title, _ in film], [theta for _, theta in film]
    strip = grid_gallery(thetas, U, titles, title="What each entry of theta does: where it looks, and what it sees",
                         **options)
    return Explorer(strip, lambda theta: look_and_see(U, theta, **options))


@drawn
def look_and_see(U, theta, *, out_shape=None, padding="zeros", align_corners=True):
    """Draw the sampling grid of one theta on the input, and the output beside it."""
    U, theta = one_image(U), one_theta(theta)
    out_shape = out_shape or U.shape[2:]
    V = bilinear_sampler_forward(U, affine_grid_forward(theta, out_shape, align_corners)[0], padding, align_corners)[0]
    text = "  ".join(map(number, theta[0, 0])) + "  /  " + "  ".join(map(number, theta[0, 1]))
    figure, axes = panels(3.6, 1, 2, f"theta = {text}")
    draw_grid(axes[0, 0], U[0, 0], theta, REACH, out_shape, align_corners)
    draw_map(axes[0, 1], V[0, 0], numbers=False, limits=value_limits(U))
    axes[0, 0].set_title("where it looks")
    axes[0, 1].set_title("what it sees")
    return Picture(figure, f"Sampling grid and output for theta = {text}.", {"V": V[0, 0]})
