"""What each entry of theta does: frames under sliders that need no Python, and live sliders for all six at once.

The frames move wherever a page may run its script; live sliders need a kernel, and so they are there only when asked
for, and take themselves away.
"""

import numpy as np

from ...grid.affine import affine_grid_forward
from ...sampler.fast import bilinear_sampler_forward
from .arguments import one_image, one_theta
from .galleries import draw_grid, grid_gallery
from .maps import draw_map, number, value_limits
from .moving import Moving, moving
from .picture import WIDTH, Picture, drawn, panels

ENTRIES = ("theta_11", "theta_12", "theta_13", "theta_21", "theta_22", "theta_23")
IDENTITY = (1, 0, 0, 0, 1, 0)
CHANGES = (-1.5, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1)       # added to an entry of the identity
STILL = 0.5          # the change shown in the still picture
ORDER = (2, 5, 0, 4, 1, 3)
REACH = 2.1          # normalised units shown to each side
INCHES = 7.5         # width of a frame


class Explorer(Moving):
    """A moving picture of theta's six entries, one at a time. `live()` moves all six at once, while a kernel runs."""

    def __init__(self, picture, draw):
        super().__init__(picture.still, picture.parts)
        self._draw = draw

    def widget(self):
        """The six sliders, laid out as theta is, over a picture that follows them; None without ipywidgets."""
        try:
            import ipywidgets
        except ImportError:
            return None
        sliders = [ipywidgets.FloatSlider(value, min=-2, max=2, step=0.05, description=name, readout_format=".2f",
                                          layout=ipywidgets.Layout(width="290px"))
                   for name, value in zip(ENTRIES, IDENTITY)]
        image = ipywidgets.HTML()

        def follow(change=None):
            image.value = self._draw([slider.value for slider in sliders]).html()

        for slider in sliders:
            slider.observe(follow, "value")
        follow()
        rows = [ipywidgets.HBox(sliders[:3]), ipywidgets.HBox(sliders[3:])]
        return ipywidgets.VBox(rows + [image])

    def live(self):
        """Show the live sliders with a button that takes them out of the notebook again: a saved copy cannot move
        them, and would hold an error message in their place."""
        import ipywidgets
        from IPython.display import display

        button = ipywidgets.Button(description="Take the sliders away", layout=ipywidgets.Layout(width="auto"))
        handle = display(ipywidgets.VBox([self.widget(), button]), display_id=True)
        button.on_click(lambda _: handle.update({"text/plain": "The sliders are gone; run the cell to have them back."},
                                                raw=True))


def explore(U, *, out_shape=None, padding="zeros", align_corners=True):
    """Two sliders: which entry of theta is changed, and by how much. The others stay those of the identity.

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    out_shape : (H_out, W_out)       by default the size of U

    Returns
    -------
    explorer : Explorer              shows itself in a notebook, with or without a kernel; .still is a strip of six
                                     changes as a Picture, .live() has sliders for all six entries at once
    """
    options = {"out_shape": out_shape, "padding": padding, "align_corners": align_corners}
    thetas = [[_changed(entry, change) for change in CHANGES] for entry in range(6)]
    labels = [[f"{name} = {number(IDENTITY[entry] + change)}, the others as in the identity" for change in CHANGES]
              for entry, name in enumerate(ENTRIES)]
    strip = grid_gallery([_changed(entry, STILL) for entry in ORDER], U,
                         [f"{ENTRIES[entry]} = {number(IDENTITY[entry] + STILL)}" for entry in ORDER],
                         title="What each entry of theta does: where it looks, and what it sees", **options)
    frames = [[look_and_see(U, theta, inches=INCHES, **options) for theta in row] for row in thetas]
    picture = moving(frames, labels, name=("which entry of theta", "its value"), start=(2, CHANGES.index(STILL)),
                     alt=strip.alt, still=strip, colours=32)
    return Explorer(picture, lambda theta: look_and_see(U, theta, **options))


@drawn
def look_and_see(U, theta, *, out_shape=None, padding="zeros", align_corners=True, inches=WIDTH):
    """Draw the sampling grid of one theta on the input, and the output beside it."""
    U, theta = one_image(U), one_theta(theta)
    out_shape = out_shape or U.shape[2:]
    V = bilinear_sampler_forward(U, affine_grid_forward(theta, out_shape, align_corners)[0], padding, align_corners)[0]
    text = "  ".join(map(number, theta[0, 0])) + "  /  " + "  ".join(map(number, theta[0, 1]))
    figure, axes = panels(0.4 * inches, 1, 2, f"theta = {text}", inches=inches)
    draw_grid(axes[0, 0], U[0, 0], theta, REACH, out_shape, align_corners)
    draw_map(axes[0, 1], V[0, 0], numbers=False, limits=value_limits(U))
    axes[0, 0].set_title("where it looks")
    axes[0, 1].set_title("what it sees")
    return Picture(figure, f"Sampling grid and output for theta = {text}.", {"V": V[0, 0]})


def _changed(entry, change):
    """theta of the identity with one entry changed."""
    theta = np.array(IDENTITY, float)
    theta[entry] += change
    return theta
