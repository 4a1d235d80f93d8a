"""python -m stn_numpy.experiments names every command that there is, and only those."""

import importlib
import pkgutil
import re

from stn_numpy import experiments
from stn_numpy.experiments.__main__ import main


def test_every_command_is_named(capsys):
    assert main([]) == 0 and main(["table1"]) == 2
    named = set(re.findall(r"stn_numpy\.experiments\.(\w+)", capsys.readouterr().out))
    modules = [importlib.import_module(f"stn_numpy.experiments.{module.name}")
               for module in pkgutil.iter_modules(experiments.__path__) if module.name != "__main__"]
    commands = {module.__name__.rpartition(".")[2] for module in modules if hasattr(module, "main")}
    assert named == commands
