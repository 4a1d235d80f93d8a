"""Small runs on few digits, for the tests of training."""

import numpy as np

from stn_numpy.data import Digits, load_digits
from stn_numpy.network.modules import MLP, Sequential
from stn_numpy.training.run import Run
from stn_numpy.training.sgd import step_decay
from stn_numpy.transformer import SpatialTransformer

FEW = Digits(*(array[:60] for array in load_digits()))


def networks(seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    transformer = SpatialTransformer(MLP([42 * 42, 6, 6], rng, dtype), out_shape=(10, 12))
    return {"FCN": MLP([42 * 42, 32, 10], rng, dtype),
            "ST-FCN": Sequential(transformer=transformer, classifier=MLP([120, 32, 10], rng, dtype))}


def new_run(seed=0, schedule=step_decay(0.05, 5), **options):
    options = {"batch_size": 16, "factors": {"transformer": 0.1}, "seed": seed, **options}
    return Run(networks(seed), FEW, "RTS", schedule, **options)
