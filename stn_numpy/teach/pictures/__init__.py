"""The drawings of the lessons. Each function returns a `Picture`: a figure with its description, ready for a notebook.

The numbers in a picture come from the package itself: what is drawn is what its functions compute.
"""

from . import images
from .anatomy import check_anatomy
from .checkups import checkups
from .comparison import compare
from .contributions import contributions
from .fast import cost_of_size, flat_place, ladder
from .film import film
from .galleries import grid_gallery
from .interpolation import fading, kernel, sample_row
from .landmarks import landmarks
from .maps import show
from .moving import Moving, moving
from .networks import flow, signed, where_they_look
from .picture import Picture
from .rulers import two_rulers
from .scatters import adjoint, sampling_matrix, scatter
from .searching import landscapes, rates, runs, standing_still, valleys
from .sliders import explore, look_and_see
from .slopes import loss_beside_a_kink, slope_of_row, staircase, tangents
from .spreads import beside_the_paper, many_experiments
from .testing import errors_by_step, kill_matrix, rows_read
from .training import curves, descents
from .undoing import undone
from .warps import forward_holes, inverse_mapping, push_forward

__all__ = ["Moving", "Picture", "adjoint", "beside_the_paper", "check_anatomy", "checkups", "compare",
           "contributions", "cost_of_size", "curves", "descents", "errors_by_step", "explore", "fading", "film",
           "flat_place", "flow", "forward_holes", "grid_gallery", "images", "inverse_mapping", "kernel",
           "kill_matrix", "ladder", "landmarks", "landscapes", "look_and_see", "loss_beside_a_kink",
           "many_experiments", "moving", "push_forward", "rates", "rows_read", "runs", "sample_row",
           "sampling_matrix", "scatter", "show", "signed", "slope_of_row", "staircase", "standing_still", "tangents",
           "two_rulers", "undone", "valleys", "where_they_look"]
