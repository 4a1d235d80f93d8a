"""Is it right? Checks of what comes in, of the law that pairs keep, and of gradients.

`validate` stands at every public door, `pairs` states the law of forward and backward, and `gradcheck` compares a backward
with finite differences. Read them in this order.
"""
