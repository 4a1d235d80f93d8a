"""Where each output pixel looks: from the parameters theta to a grid of points in the input.

Every generator maps the regular target grid to source points, in normalised coordinates. Read `coordinates` first (where
a pixel is), then `affine` (Eq. 1); then `restricted` (Eq. 2), `basis`, `projective` and `tps`, and `transforms` by name.
"""
