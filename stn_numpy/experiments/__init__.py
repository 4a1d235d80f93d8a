"""The paper's experiments, run again in pure NumPy. README.md beside this file has the results.

Read harness and records first, then the experiment that you want.

    paper.py      the paper's own figures
    harness.py    long training runs that can be stopped and resumed
    records.py    what is kept of a finished one, and its checks

    table1.py     trains the cells of Table 1, each to a record        python -m stn_numpy.experiments.table1 --help
    networks.py   the networks of its rows
    summary.py    our table beside the paper's                         python -m stn_numpy.experiments.summary --help
    pictures.py   the table and the learning curves, drawn

    addition.py           trains networks to add two digits            python -m stn_numpy.experiments.addition --help
    addition_results.py   its record, its table and its pictures

    colocalisation.py            finds what images have in common     python -m stn_numpy.experiments.colocalisation -h
    colocalisation_task.py       its canvases, and whether a box hits
    colocalisation_networks.py   its transformer and its encoder
    colocalisation_reader.py     the classifier that the encoder is made of
    triplet.py                   its loss
    colocalisation_results.py    its records, its table and its pictures
"""
