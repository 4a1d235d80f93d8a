"""Spatial Transformer Networks (Jaderberg et al., 2015) in pure NumPy, every forward and backward pass explicit.

    import stn_numpy as stn

Every operation is a pair: ``output, cache = stn.NAME_forward(inputs, options)`` and
``gradients = stn.NAME_backward(doutput, cache)``. Modules wire pairs together and own parameters.

All functions raise TypeError for arrays that are not float32 or float64, for different dtypes in one call and for masked
arrays, and ValueError for shapes that do not fit, empty arrays, NaN, infinity and results that overflow. A docstring says
what else its function refuses. Leave inputs unchanged until the backward pass has run; see stn_numpy.checking.pairs.
"""

from .training import starting  # isort: split        (before NumPy is loaded)

from .arrangements import LearnedGridTransformer, MultiHeadTransformer, Parallel, WithTheta
from .checking.gradcheck import gradcheck, one_sided_gradient
from .data import load_digits, load_mnist
from .grid.affine import affine_from_pixels, affine_grid_backward, affine_grid_forward
from .grid.basis import basis_grid_backward, basis_grid_forward
from .grid.coordinates import PADDINGS, pixel_centres, pixels_per_unit, to_pixels
from .grid.describe import describe_grid
from .grid.projective import projective_from_points, projective_grid_backward, projective_grid_forward
from .grid.restricted import (attention_grid_backward, attention_grid_forward, similarity_grid_backward,
                              similarity_grid_forward, translation_grid_backward, translation_grid_forward)
from .grid.tps import regular_control_points, tps_grid_backward, tps_grid_forward
from .grid.transforms import TRANSFORMS, VOLUME_TRANSFORMS, Transform, find_transform, n_parameters, thin_plate_spline
from .network.convolution import conv2d_backward, conv2d_forward
from .network.layers import (linear_backward, linear_forward, relu_backward, relu_forward,
                             softmax_cross_entropy_backward, softmax_cross_entropy_forward)
from .network.modules import MLP, AveragePool, Conv2D, Linear, MaxPool, Module, ProjectDepth, ReLU, Sequential
from .network.pooling import average_pool_backward, average_pool_forward, max_pool_backward, max_pool_forward
from .network.volumes import project_depth_backward, project_depth_forward
from .sampler import kernels
from .sampler.any_kernel import kernel_sampler_backward, kernel_sampler_forward
from .sampler.fast import (bilinear_sampler_backward, bilinear_sampler_forward, integer_sampler_backward,
                           integer_sampler_forward)
from .training.distortions import DISTORTIONS, distort
from .training.run import Run
from .training.sgd import SGD, linear_decay, step_decay
from .transformer import SAMPLERS, SpatialTransformer

__version__ = "0.2.0"
