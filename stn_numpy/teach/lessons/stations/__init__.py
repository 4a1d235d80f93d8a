"""Stations: what the variables of a function hold on the right way, and on ways that are known to be wrong.

`way` says how they are declared. `grid` and `sampler` have what the lessons share; the stations of an exercise are
declared by the function named after it, such as `blend_way`.
"""

from . import grid, sampling

STATIONS = {name.removesuffix("_way"): declare for module in (grid, sampling)
            for name, declare in vars(module).items() if name.endswith("_way")}
