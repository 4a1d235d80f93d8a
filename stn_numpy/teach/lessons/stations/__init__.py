"""Stations: what the variables of a function hold on the right way, and on ways that are known to be wrong.

`way` says how they are declared. `grid` and `sampler` have what the lessons share; an exercise's stations are declared
by the function that has its name, there or in `sampling`.
"""

from . import grid, sampling

STATIONS = {declare.__name__: declare for declare in (
    grid.blend, grid.target_grid, grid.map_point, grid.compose, grid.affine_grid_forward, grid.to_pixels,
    grid.grid_to_pixels, grid.dtheta_of_point, grid.affine_grid_backward, sampling.bilinear_weights,
    sampling.sample_pixel, sampling.bilinear_sampler_forward, sampling.bilinear_sampler_backward_U, sampling.slopes,
    sampling.bilinear_sampler_backward_grid, sampling.loss_to_theta)}
