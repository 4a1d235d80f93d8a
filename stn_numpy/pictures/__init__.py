"""Pictures: `run` draws what a training run came to, `gallery` draws everything that the package can do.

Nothing below imports this room, so that the package works, and starts fast, without Matplotlib being loaded.
Read `run` first.
"""
