"""The drawings of the lessons. Each function returns a `Picture`: a figure with its description, ready for a notebook.

The numbers in a picture come from the package itself: what is drawn is what its functions compute.
"""

from .comparison import compare
from .maps import show
from .picture import Picture

__all__ = ["Picture", "compare", "show"]
