"""From a network to a trained one: distorted digits, gradient descent, and runs that can be stopped and resumed.

Read `sgd` first (the descent and its schedules), then `run` (batches, reports) and `checkpoint`. `distortions` makes the
paper's R, RTS, P, E and TC; `commandline` is what the commands share, Ctrl-C too.
"""
