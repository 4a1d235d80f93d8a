"""The checker: it judges what a learner's function returns, and names the mistake.

`check` is the way in. It calls the function through `running`, brings what comes back into form with `answers`, and
hands the numbers to `diagnosis`, which compares them with those of every known mistake from `variants`. `comparison`
is the table beside a verdict, and `result` is how a verdict shows itself.

`pointing` adds the learner's own line to a verdict: `source` reads the function, `tracing` runs a copy of it that keeps
what every variable held, `matching` compares that with the stations of the right way, and `locating` puts it into words.
Where that finds nothing wrong, `repair` tries which one change of the learner's lines makes all numbers right.
"""
