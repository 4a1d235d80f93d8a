"""The paper's experiments, run again in pure NumPy: README.md beside this file holds what came of them.

    table1.py     trains the cells of Table 1, each to a record        python -m stn_numpy.experiments.table1 --help
    networks.py   the networks of its rows
    records.py    what is kept of a finished cell, and whether it is whole
    paper.py      the paper's own figures
    summary.py    our table beside the paper's                         python -m stn_numpy.experiments.summary --help
    pictures.py   the table and the learning curves, drawn

    addition.py           trains networks to add two digits            python -m stn_numpy.experiments.addition --help
    addition_results.py   its record, its table and its pictures
"""
