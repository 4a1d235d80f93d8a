"""How fast is it? `python -m tests.benchmarks` measures, and prints ratios; README.md tells how to read them."""
