"""The digits to learn on: a small set that comes with the package, and the whole of MNIST.

`load_digits()` needs nothing but the package; `load_mnist(folder)` reads the four original files, which
`python -m stn_numpy.data.mnist --download DIR` fetches. Both give the same four arrays of bytes.
"""

from .digits import Digits, as_feature_maps, load_digits
from .idx import load_mnist, read_idx

__all__ = ["Digits", "as_feature_maps", "load_digits", "load_mnist", "read_idx"]
