"""Spatial Transformer Networks (Jaderberg et al., 2015) in pure NumPy, every forward and backward pass explicit.

    import stn_numpy as stn

Every operation is a pair: ``output, cache = stn.NAME_forward(inputs, options)`` and
``gradients = stn.NAME_backward(doutput, cache)``. Modules wire pairs together and own parameters.
"""

from .arrangements import MultiHeadTransformer, Parallel, WithTheta
from .coordinates import PADDINGS, pixel_centres, pixels_per_unit, to_pixels
from .distortions import DISTORTIONS, distort
from .gradcheck import gradcheck
from .grids import affine_from_pixels, affine_grid_backward, affine_grid_forward
from .layers import (average_pool_backward, average_pool_forward, linear_backward, linear_forward, relu_backward,
                     relu_forward, softmax_cross_entropy_backward, softmax_cross_entropy_forward)
from .modules import MLP, AveragePool, Linear, Module, ProjectDepth, ReLU, Sequential
from .samplers import (bilinear_sampler_backward, bilinear_sampler_forward, integer_sampler_backward,
                       integer_sampler_forward)
from .transformer import SAMPLERS, SpatialTransformer
from .transforms import TRANSFORMS, VOLUME_TRANSFORMS, n_parameters, thin_plate_spline
from .volumes import project_depth_backward, project_depth_forward

__version__ = "0.1.0"
