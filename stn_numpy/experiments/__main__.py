"""The paper's experiments, trained again: what there is, and how to begin.

    python -m stn_numpy.experiments.table1 --help            Table 1: cells of distorted MNIST
    python -m stn_numpy.experiments.addition --help          MNIST addition: two transformers side by side
    python -m stn_numpy.experiments.colocalisation --help    what a hundred images have in common
    python -m stn_numpy.experiments.summary --help           our Table 1 beside the paper's, from the records

Each trains on the bundled digits, or on the whole of MNIST with --mnist DIR, and can be stopped and resumed. A first try
of some two minutes:

    python -m stn_numpy.experiments.table1 --rows fcn,st-fcn-aff --columns RTS --seeds 1 --steps 1000 --out my_records
"""

import sys


def main(arguments=None):
    """Say what there is; returns the exit code, 2 where something else was asked for."""
    print(__doc__.strip())
    return 2 if (sys.argv[1:] if arguments is None else arguments) else 0


if __name__ == "__main__":
    sys.exit(main())
