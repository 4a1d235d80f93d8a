"""The sampler for any kernel (Eq. 3): weigh the pixels in reach of each point, axis by axis.

It does what the two specialised samplers do, in two or three times their time. One kernel for each axis makes V a chain
of weighted sums, along x, then along y(, then along z). What lies outside the image is decided for the pixels, before
any kernel: a pixel outside is zero, or the nearest one of the edge, or its mirror image.
"""

import functools
from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..grid.coordinates import pixels_per_unit, reflect, to_pixels
from .kernels import Kernel, check_kernel, evaluate
from .neighbours import as_points, check_sampler, slices


class KernelSamplerCache(NamedTuple):
    U: np.ndarray          # (N, C, H, W), for the slopes; the weights are found again from the grid
    grid: np.ndarray       # (N, H_out, W_out, 2)
    kernel: Kernel
    padding: str
    align_corners: bool


class Reach(NamedTuple):
    """The pixels in reach of m samples in each of n images of C channels: p = 2 radius of them on each of d axes."""
    index: np.ndarray      # (p, .., p, n, C, m) where they are in the flat images; first axes in the order (z,) y, x
    distances: list        # d arrays (p, n, 1, m), in the order x, y(, z): x - w, in pixels, -radius <= x - w < radius
    inside: list           # d arrays (p, n, 1, m), 1 where a pixel counts, 0 where it is a zero outside the image


def kernel_sampler_forward(U, grid, kernel, padding="zeros", align_corners=True):
    """Sample U at grid with any kernel.

    V[n,c,i,j] = sum_hw U[n,c,h,w] k(x - w) k(y - h)                                                   (Eq. 3)

    with x, y the pixel coordinates of grid[n,i,j]. Only pixels in the kernel's support are visited, 2 radius of them
    along each axis: those with x - radius < w <= x + radius.

    Parameters
    ----------
    U : (N, C, H, W)                 input feature map, or volume (N, C, D, H, W)
    grid : (N, H_out, W_out, 2)      sampling points (x, y), normalised; for volumes (N, D_out, H_out, W_out, 3)
    kernel : Kernel                  such as stn_numpy.kernels.cubic
    padding : str                    what a pixel outside is: "zeros", "border" (the nearest pixel) or "reflection"
    align_corners : bool             as in the grid generator

    Returns
    -------
    V : (N, C, H_out, W_out)
    cache : KernelSamplerCache

    Convention: the sum of Eq. 3 runs over the image continued without end, as padding says. With the bilinear and
    integer kernels this is what the specialised samplers give, up to rounding. With the cubic kernel it is PyTorch's
    bicubic grid_sample. ONNX's GridSample has the same cubic, but under "border" it first moves a coordinate outside
    -1 .. 1 to the centre of the edge pixel.
    Backward: dU[n,c,h,w] = sum_ij dV[n,c,i,j] k(x - w) k(y - h)
              dgrid_x[n,i,j] = s_x sum_chw dV[n,c,i,j] U[n,c,h,w] k'(x - w) k(y - h),   likewise for y,
              with s_x the pixels per normalised unit; k' is the right-hand slope where k has a kink.

    Raises TypeError for a kernel that is not a Kernel, ValueError for one whose radius, or what its functions return,
    cannot be used.
    """
    check_kernel(kernel)
    U, grid = check_sampler(U, grid, padding)
    points = as_points(grid)                                                       # (d, N, M)
    V = np.empty(U.shape[:2] + points.shape[2:], U.dtype)                          # (N, C, M)
    for part, span in _pieces(V, kernel, len(points)):
        reach = _reach(points[:, part, span], U[part].shape, kernel, padding, align_corners)
        values = U[part].reshape(-1).take(reach.index)                             # (p, .., p, n, C, m)
        for weight in _weigh("weight", kernel, reach):                             # along x, then y(, then z)
            values = (weight * values).sum(axis=-4)
        V[part, :, span] = values
    validate.results(V=V)
    return V.reshape(U.shape[:2] + grid.shape[1:-1]), KernelSamplerCache(U, grid, kernel, padding, align_corners)


def kernel_sampler_backward(dV, cache, need_dU=True):
    """Gradient of kernel_sampler_forward.

    Parameters
    ----------
    dV : (N, C, H_out, W_out)        dL/dV
    need_dU : bool                   False leaves dU out (None), where U is data and nobody asks for it

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    dgrid : (N, H_out, W_out, 2)     dL/dgrid, with respect to the normalised coordinates
    """
    U, grid, kernel, padding, align_corners = validate.cache(cache, KernelSamplerCache, "kernel_sampler_forward")
    dV = validate.gradient("dV", dV, U.shape[:2] + grid.shape[1:-1], U.dtype).reshape(U.shape[:2] + (-1,))
    points, dgrid = as_points(grid), np.empty(as_points(grid).shape, grid.dtype)
    dU = np.zeros(U.shape, U.dtype) if validate.flag("need_dU", need_dU) else None
    for part, span in _pieces(dV, kernel, len(points)):
        reach = _reach(points[:, part, span], U[part].shape, kernel, padding, align_corners)
        values = U[part].reshape(-1).take(reach.index)
        dvalues, dpixels = _weigh_backward(dV[part, :, span], values, kernel, reach)
        for axis, dpixel in enumerate(dpixels):
            dgrid[axis, part, span] = dpixel * pixels_per_unit(U.shape[-1 - axis], align_corners)
        if need_dU:
            np.add.at(dU[part].reshape(-1), reach.index.reshape(-1), dvalues.reshape(-1))
    validate.results(dU=dU, dgrid=dgrid)
    return dU, np.moveaxis(dgrid, 0, -1).reshape(grid.shape)


def kernel_pair(kernel):
    """(forward, backward) for one kernel, called like a specialised sampler: forward(U, grid, padding=...)."""
    return functools.partial(kernel_sampler_forward, kernel=check_kernel(kernel)), kernel_sampler_backward


def _weigh_backward(dV, values, kernel, reach):
    """The forward's chain of weighted sums, and then its mirror.

    One step is  v = sum_p k_p values_p,  so  dvalues_p = k_p dv,  dx = dv sum_p k'_p values_p.

    Returns
    -------
    dvalues : (p, .., p, n, C, m)    dL/d of the value of each pixel in reach
    dpixels : d arrays (n, m)        dL/dx, dL/dy(, dL/dz) in pixels: the sum over channels, which share the point
    """
    steps = []
    for weight, slope in zip(_weigh("weight", kernel, reach), _weigh("slope", kernel, reach)):
        steps.append((weight, (slope * values).sum(axis=-4)))
        values = (weight * values).sum(axis=-4)
    dv, dpixels = dV, []
    for weight, steepness in reversed(steps):                                      # (z, then) y, then x
        along = tuple(range(dv.ndim - 3)) + (-2,)                                  # the other axes' pixels, and C
        dpixels.insert(0, (dv * steepness).sum(axis=along))
        dv = weight * np.expand_dims(dv, -4)
    return dv, dpixels


def _weigh(part, kernel, reach):
    """Weights (or slopes) of the pixels in reach, (p, n, 1, m), for each axis in turn; 0 for those outside."""
    for distance, inside in zip(reach.distances, reach.inside):
        yield inside * evaluate(kernel, part, distance)


def _reach(points, shape, kernel, padding, align_corners):
    """Find the pixels in reach of points (d, n, m) in images of this shape, (n, C, ...). Returns a Reach."""
    n, C, *size = shape
    index = np.arange(n * C).reshape(n, C, 1)                                      # which map; then row-major into it
    distances, insides = [], []
    for axis in reversed(range(len(size))):                                        # (z, then) y, then x
        length = size[-1 - axis]
        w, distance = _support(to_pixels(points[axis], length, align_corners), kernel.radius)
        pixel, inside = _continue(w, length, padding, align_corners)
        index = np.expand_dims(index, -4) * length + pixel[:, :, None]             # (p, .., p, n, C, m)
        distances.insert(0, distance[:, :, None])
        insides.insert(0, inside[:, :, None])
    return Reach(index, distances, insides)


def _support(x, radius):
    """The pixels w with x - radius < w <= x + radius, and the distances x - w; both (p, n, m), for x (n, m).

    Distances are counted from the pixel below x, so that they are exact however large x is. They are read-only: a weight
    that changed them in place, as abs(t, out=t) does, would change what the slope is given.
    """
    largest = np.finfo(x.dtype).max
    below = np.floor(np.clip(x, -largest, largest))
    fraction = np.clip(x, -largest, largest) - below
    first = np.floor(fraction - x.dtype.type(radius)) + 1
    steps = first + np.arange(2 * radius, dtype=x.dtype)[:, None, None]            # from the pixel below x to w
    distances = fraction - steps
    distances.flags.writeable = False
    return below + steps, distances


def _continue(w, size, padding, align_corners):
    """Which pixel 0 .. size - 1 stands at w of an image continued without end, and whether it counts (1) or is 0."""
    inside = np.ones_like(w)
    if padding == "zeros":
        inside = ((w >= 0) & (w < size)).astype(w.dtype)
    elif padding == "reflection":
        w, _ = reflect(w, size, align_corners)
    return np.clip(w, 0, size - 1).astype(np.intp), inside


def _pieces(V, kernel, d):
    """Slices of images and of samples that cut V (N, C, M) into pieces, of half as many pixels as slices have samples."""
    pixels = max(1, int(2 * kernel.radius) ** d // 2 ** (d - 1))
    for part in slices(len(V), V[0].size * pixels):
        for span in slices(V.shape[2], V.shape[1] * pixels):
            yield part, span
