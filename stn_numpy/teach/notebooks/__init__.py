"""The tooling of the tutorials: for lecturers (solve, render, grade, vary) and for those who change a lesson.

    python -m stn_numpy.teach.notebooks run                   execute all tutorials, in place, and tidy them
    python -m stn_numpy.teach.notebooks solve --out DIR       copies with the exercises filled in, executed
    python -m stn_numpy.teach.notebooks html --out DIR        pages for reading in a browser, and an index
    python -m stn_numpy.teach.notebooks slides --out DIR      decks of the cells that are marked for slides
    python -m stn_numpy.teach.notebooks variant --variant N --out DIR      notebooks for marked work
    python -m stn_numpy.teach.notebooks collect --out FILE    for learners: check once and pack what is handed in
    python -m stn_numpy.teach.notebooks grade FOLDER --out FILE            a table of grades and of mistakes
    python -m stn_numpy.teach.notebooks assignment --for nbgrader --out DIR
    python -m stn_numpy.teach.notebooks check                 is what is committed executed, clean, of the right size?

Most take the notebooks to work on, and all of `tutorials/` where none are named. The notebooks themselves are the
source: edit them in Jupyter, then `run`, then commit. A code cell is an exercise if it has the tag "exercise" and, in
its metadata, {"stn": {"exercise": ID}}, ID being the exercise's name in `stn_numpy.teach`. It holds the exercise and
nothing else; its check has a cell of its own, as the last line. A check that is meant to fail, solved or not, sits in a
cell with the tag "fails-on-purpose".
"""
