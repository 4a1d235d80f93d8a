"""What decides where to look, and what reads what is seen there: the ordinary layers, and modules that wire them.

Each layer is a pair of pure functions, with its mathematics in the docstring; a module owns parameters and calls pairs.
Read `layers` first, then `modules`; then `pooling`, `convolution` and `volumes` as you need them.
"""
