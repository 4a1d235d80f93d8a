"""The gradient checks of all pairs: inputs and options, under the name of the pair, "module.NAME" for NAME_backward.

A new pair needs an entry here, else test_every_gradient.py fails. Choose inputs that could show a mistake: two images
or more, another number of channels, H != W, the size of the output unlike that of the input, gradients about 1 in
size; and stay clear of kinks by more than float32 resolves, since each case is run in float32 too.
"""

from typing import Callable, NamedTuple

import numpy as np

from stn_numpy.grid.coordinates import PADDINGS
from stn_numpy.sampler.kernels import KERNELS, gaussian


class Case(NamedTuple):
    """One gradient check: forward(*make_inputs(rng), **options)."""
    make_inputs: Callable      # from a seeded numpy Generator to a tuple of float64 arrays, the variables
    options: dict = {}         # all other arguments of forward, by name

    def __str__(self):
        def short(value):
            return getattr(value, "__name__", getattr(value, "shape", value))

        return ",".join(f"{name}={short(value)}" for name, value in self.options.items()) or "plain"


def normal(*shapes):
    """Make normally distributed inputs of these shapes."""
    return lambda rng: tuple(rng.standard_normal(shape) for shape in shapes)


def off_zero(*shape):
    """Make one input, normally distributed, but for a gap around zero."""
    def make_inputs(rng):
        x = rng.standard_normal(shape)
        return x + 0.1 * np.sign(x),

    return make_inputs


def well_apart(*shape):
    """Make one input whose entries all differ by 0.1 or more, in random order."""
    return lambda rng: (rng.permutation(np.arange(np.prod(shape))).reshape(shape) / 10 - 2,)


def sampling(in_shape, out_shape, align_corners):
    """Make U and a grid whose points stay 0.05 pixels off every grid line and half-way line, a part of them outside."""
    def make_inputs(rng):
        x = []
        for size in in_shape[::-1]:
            pixels = rng.integers(-4, 2 * size + 3, (2, *out_shape)) / 2 + rng.uniform(0.05, 0.45, (2, *out_shape))
            s = (size - 1) / 2 if align_corners else size / 2
            x.append((pixels - (size - 1) / 2) / (s or 1))
        return rng.standard_normal((2, 3, *in_shape)), np.stack(x, axis=-1)

    return make_inputs


def sampler_cases(volumes=True):
    """Every padding and both rules; output larger, smaller, of the same size; axes of one pixel or point; volumes."""
    shapes = [((4, 5), (3, 6)), ((3, 4), (2, 2)), ((3, 5), (3, 5)), ((1, 4), (4, 1)), ((2, 3, 4), (3, 2, 2))]
    shapes = shapes if volumes else shapes[:-1]
    return [Case(sampling(*shape, align_corners), {"padding": padding, "align_corners": align_corners})
            for shape in shapes for padding in PADDINGS for align_corners in (True, False)]


def kernel_cases():
    """Every kernel with every padding and both rules; output smaller, of one point; volumes."""
    kernels = [*KERNELS.values(), gaussian(0.5)]
    plans = [(((3, 5), (2, 3)), kernels, PADDINGS),
             (((4, 1), (1, 1)), kernels, ["zeros"]),
             (((2, 3, 2), (1, 2, 2)), kernels[2:4], ["border"])]
    return [Case(sampling(*shapes, align), {"kernel": kernel, "padding": padding, "align_corners": align})
            for shapes, kernels, paddings in plans
            for kernel in kernels for padding in paddings for align in (True, False)]


def affine_cases():
    """theta as matrices and flat, in the plane and in space; axes of one point; both rules."""
    sizes = [((2, 3), (3, 4)), ((6,), (4, 3)), ((2, 3), (1, 3)), ((3, 4), (2, 3, 4)), ((12,), (3, 1, 2))]
    return [Case(normal((2, *theta)), {"out_shape": out_shape, "align_corners": align_corners})
            for theta, out_shape in sizes for align_corners in (True, False)]


def transform_cases(identity, *out_shapes, spread=0.2, **options):
    """theta around the identity; axes of one point; both rules."""
    def make_inputs(rng):
        return identity + spread * rng.standard_normal((2, *np.shape(identity))),

    return [Case(make_inputs, {"out_shape": out_shape, "align_corners": align_corners, **options})
            for out_shape in out_shapes for align_corners in (True, False)]


CONTROL_POINTS = np.array([[-0.9, -0.8], [0.7, -0.6], [0.1, 0.2], [-0.4, 0.9], [1.3, 1.1]])

# Functions that are called so and are no pairs, each with the reason.
NOT_PAIRS = {
    "teach.ladder.plain": "the lessons' form, always in float64; lesson 15 compares it with the package",
    "teach.pictures.lenses.draw": "draws the two passes under the microscope",
    "teach.pictures.warps.push": "forward mapping, which leaves holes: there to be seen, not to be learned through",
}
# Solutions of exercises, which have no cache; the checker compares them with the package.
NOT_PAIRS_IN = "teach.lessons.lesson_", "teach.lessons.shared_"

CASES = {
    "network.layers.linear": [
        Case(normal((3, 4), (4, 5), (5,))),
        Case(normal((2, 1), (1, 3), (3,))),
        Case(normal((2, 3), (3, 1), (1,))),
    ],
    "network.layers.relu": [
        Case(off_zero(7)),
        Case(off_zero(3, 4)),
        Case(off_zero(2, 3, 4, 5)),
    ],
    "network.layers.softmax_cross_entropy": [
        Case(normal((4, 5)), {"labels": [4, 0, 2, 2]}),
        Case(normal((3, 2)), {"labels": [1, 0, 1]}),
        Case(lambda rng: (1e3 + 5 * rng.standard_normal((2, 3)),), {"labels": [2, 1]}),
    ],
    "experiments.triplet.triplet_hinge": [
        Case(normal((5, 3), (5, 3))),
        Case(normal((2, 4), (2, 4)), {"alpha": -1.5}),
        Case(normal((4, 2), (4, 2)), {"alpha": 20.0}),                                    # every pair costs something
    ],
    "experiments.colocalisation_networks.share_of_ink": [
        Case(lambda rng: (rng.uniform(0.5, 1.5, (3, 2, 3, 4)),)),
        Case(lambda rng: (rng.uniform(-0.1, 0.4, (2, 1, 2, 5)),)),
    ],
    "network.pooling.average_pool": [
        Case(normal((2, 3, 4, 6))),
        Case(normal((2, 3, 5, 4))),
        Case(normal((2, 3, 2, 7))),
    ],
    "network.volumes.project_depth": [
        Case(normal((2, 3, 4, 5, 6))),
        Case(normal((3, 2, 1, 2, 3))),
    ],
    "grid.affine.affine_grid": affine_cases(),
    "sampler.plain.bilinear_sampler": sampler_cases(volumes=False),
    "sampler.plain.integer_sampler": sampler_cases(volumes=False),
    "sampler.fast.bilinear_sampler": sampler_cases(),
    "sampler.fast.integer_sampler": sampler_cases(),
    "sampler.any_kernel.kernel_sampler": kernel_cases(),
    "network.convolution.conv2d": [
        Case(normal((2, 3, 4, 5), (4, 3, 2, 3), (4,))),
        Case(normal((2, 2, 3, 4), (3, 2, 3, 3), (3,)), {"padding": 1}),
        Case(normal((2, 1, 4, 3), (2, 1, 4, 1), (2,)), {"padding": 2}),
    ],
    "network.pooling.max_pool": [
        Case(well_apart(2, 3, 4, 6)),
        Case(well_apart(2, 3, 5, 4)),
        Case(well_apart(2, 3, 2, 7)),
    ],
    "grid.basis.basis_grid": [
        Case(normal((2, 2, 5), (5, 12)), {"out_shape": (3, 4)}),
        Case(normal((3, 2, 1), (1, 3)), {"out_shape": (1, 3)}),
        Case(normal((2, 3, 4), (4, 12)), {"out_shape": (2, 3, 2)}),
    ],
    "grid.restricted.translation_grid": [
        *transform_cases([0, 0], (3, 4), (1, 3)),
        *transform_cases([0, 0, 0], (2, 3, 4)),
    ],
    "grid.restricted.attention_grid": [
        *transform_cases([1, 0, 0], (3, 4), (1, 3)),
        *transform_cases([1, 0, 0, 0], (2, 3, 4)),
    ],
    "grid.restricted.similarity_grid": [
        *transform_cases([1, 0, 0, 0], (3, 4), (4, 1)),
        *transform_cases([-0.6, 0.8, 0, 0], (4, 3)),
    ],
    "grid.projective.projective_grid": [
        *transform_cases([1, 0, 0, 0, 1, 0, 0, 0], (3, 4), (1, 3)),
        *transform_cases([1, 0, 0, 0, 1, 0, 0.9, -0.8], (4, 3), spread=0.05),             # far from affine
        *transform_cases([1, 0.5, 0, 0, 1, 0, 2, 0], (2, 2), spread=0.05),                # some points have w < 0
    ],
    "grid.tps.tps_grid": [
        *transform_cases(np.zeros(32), (3, 4), (1, 3)),
        *transform_cases(np.zeros((16, 2)), (4, 4)),                                      # points on control points
        *transform_cases(np.zeros(10), (4, 3), control_points=CONTROL_POINTS),
    ],
}
