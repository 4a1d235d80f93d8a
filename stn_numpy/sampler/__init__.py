"""What is read at the points of a grid, and how the gradient comes back: Eqs. 3 to 7.

Read `plain` first: it is the textbook page, with the four weights by name. `fast` is the same function as everybody
runs it, `any_kernel` is Eq. 3 for every kernel in `kernels`, and `neighbours` finds and pads the pixels that both read.
"""
