"""The samplers of other libraries, each called in the way that is fastest for it.

Whatever can be prepared beforehand is prepared, and not timed: pixel coordinates, layouts, matrices, room for the
output. No library is imported unless it is measured, and none is needed.
"""

import functools
import importlib
import os
from typing import Callable, NamedTuple

import numpy as np

from stn_numpy import affine_grid_forward, to_pixels


class Case(NamedTuple):
    U: np.ndarray          # (N, C, H, W), float32 like all of it
    theta: np.ndarray      # (N, 2, 3)
    grid: np.ndarray       # (N, H_out, W_out, 2)
    dV: np.ndarray         # (N, C, H_out, W_out)


class Rival(NamedTuple):
    name: str
    module: str                                            # what to import
    prepare: Callable                                      # (module, case) -> a function without arguments, to be timed
    piece: Callable = lambda case: case                    # how much of a case a very slow one is given


def load(rival):
    """Import its module; None if it is not installed."""
    try:
        return importlib.import_module(rival.module)
    except ImportError:
        return None


def version(rival):
    """What an installed rival calls its version, or nothing."""
    return getattr(importlib.import_module(rival.module.partition(".")[0]), "__version__", "")


def make_case(N, C, H, W, H_out, W_out, seed=0):
    """Random values under affine grids that rotate by up to 30 degrees and scale by 0.8 to 1.2."""
    rng = np.random.default_rng(seed)
    angle, scale = np.radians(rng.uniform(-30, 30, N)), rng.uniform(0.8, 1.2, N)
    cos, sin, zero = scale * np.cos(angle), scale * np.sin(angle), np.zeros(N)
    theta = np.stack([cos, -sin, zero, sin, cos, zero], axis=1).reshape(N, 2, 3).astype(np.float32)
    U, dV = [rng.standard_normal((N, C, *size), np.float32) for size in ((H, W), (H_out, W_out))]
    return Case(U, theta, affine_grid_forward(theta, (H_out, W_out))[0], dV)


def pixels_of(case, dtype):
    """x, y in pixels, each (N, H_out, W_out)."""
    H, W = case.U.shape[2:]
    return [to_pixels(case.grid[..., axis].astype(dtype), size, True) for axis, size in enumerate((W, H))]


def pytorch_forward(torch, case, threads):
    """The compiled operation itself, without what grid_sample and autograd spend around it."""
    torch.set_num_threads(threads)
    inputs = torch.from_numpy(case.U), torch.from_numpy(case.grid), 0, 0, True     # bilinear, zeros, align_corners
    return torch.inference_mode()(lambda: torch.ops.aten.grid_sampler_2d(*inputs))


def pytorch_forward_backward(torch, case, threads):
    """Both compiled operations themselves: autograd would call these two, and take a little longer."""
    torch.set_num_threads(threads)
    dV, *arrays = [torch.from_numpy(array) for array in (case.dV, case.U, case.grid)]
    inputs = *arrays, 0, 0, True                                                   # bilinear, zeros, align_corners

    def run():
        V = torch.ops.aten.grid_sampler_2d(*inputs)
        return V, *torch.ops.aten.grid_sampler_2d_backward(dV, *inputs, [True, True])
    return torch.inference_mode()(run)


def scipy_map_coordinates(ndimage, case):
    """Image by image and channel by channel: as one volume it would read eight neighbours rather than four."""
    x, y = pixels_of(case, np.float64)                                             # what it computes with
    points, V = np.stack([y, x], axis=1), np.empty_like(case.dV)

    def run():
        for n, c in np.ndindex(V.shape[:2]):
            ndimage.map_coordinates(case.U[n, c], points[n], output=V[n, c], order=1, mode="grid-constant")
        return V
    return run


def skimage_warp(transform, case):
    """Given a matrix rather than coordinates it takes its compiled path, and finds the points by itself."""
    matrices, V = pixel_matrices(case), np.empty_like(case.dV)
    options = {"output_shape": V.shape[2:], "order": 1, "mode": "constant", "clip": False, "preserve_range": True}

    def run():
        for n, c in np.ndindex(V.shape[:2]):
            V[n, c] = transform.warp(case.U[n, c], matrices[n], **options)
        return V
    return run


def pixel_matrices(case):
    """theta from pixel to pixel, homogeneous, (N, 3, 3)."""
    def to_pixel_of(H, W):
        return np.array([[(W - 1) / 2, 0, (W - 1) / 2], [0, (H - 1) / 2, (H - 1) / 2], [0, 0, 1]])
    last = np.broadcast_to([[0.0, 0, 1]], (len(case.theta), 1, 3))
    A = np.concatenate([case.theta, last], axis=1)
    return to_pixel_of(*case.U.shape[2:]) @ A @ np.linalg.inv(to_pixel_of(*case.dV.shape[2:]))


def opencv_remap(cv2, case):
    """Image by image in its own layout, channels last, and four channels at a time.

    With more in one call it goes over to coordinates in steps of 1/32 pixel: up to three times as fast, but other work.
    """
    cv2.setNumThreads(1)
    points = np.stack(pixels_of(case, np.float32), axis=-1)                        # (N, H_out, W_out, 2)
    fours = [np.moveaxis(array.reshape(len(array), -1, min(4, array.shape[1]), *array.shape[2:]), 2, 4)
             for array in (case.U, case.dV)]
    images, V = np.ascontiguousarray(fours[0]), np.empty_like(fours[1], order="C")  # (N, C / 4, H, W, 4)

    def run():
        for n, four in np.ndindex(images.shape[:2]):
            cv2.remap(images[n, four], points[n], None, cv2.INTER_LINEAR, V[n, four], cv2.BORDER_CONSTANT)
        return np.moveaxis(V, 4, 2)
    return run


def onnx_reference(onnx, case):
    node = onnx.helper.make_node("GridSample", ["U", "grid"], ["V"], mode="linear", padding_mode="zeros",
                                 align_corners=1)
    evaluator = importlib.import_module("onnx.reference").ReferenceEvaluator(node)
    return lambda: evaluator.run(None, {"U": case.U, "grid": case.grid})[0]


def some_points(case, points=50):
    """One channel of one image, and a few points in its middle row."""
    row = slice(case.dV.shape[2] // 2, case.dV.shape[2] // 2 + 1)
    return Case(case.U[:1, :1], case.theta[:1], case.grid[:1, row, :points], case.dV[:1, :1, row, :points])


def processors():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def on_one_thread_and_on_all(prepare):
    return [Rival(f"PyTorch, threads: {threads}", "torch", functools.partial(prepare, threads=threads))
            for threads in sorted({1, processors()})]


FORWARD = on_one_thread_and_on_all(pytorch_forward) + [
    Rival("scipy.ndimage.map_coordinates", "scipy.ndimage", scipy_map_coordinates),
    Rival("skimage.transform.warp", "skimage.transform", skimage_warp),
    Rival("OpenCV remap, threads: 1", "cv2", opencv_remap),
    Rival("ONNX's NumPy reference", "onnx", onnx_reference, piece=some_points),
]
FORWARD_BACKWARD = on_one_thread_and_on_all(pytorch_forward_backward)
