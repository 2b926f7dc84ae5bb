"""Leakage tests of Noise2Noise models from Python: a door to the program n2n-analyze. docs/python.md describes it."""

from .arrays import InputError, Pair
from .audit import audit
from .leak import compare, leak_test, leak_test_saved
from .monitor import Epoch, callback, end_of_epoch
from .outputs import save_outputs
from .program import ProgramError
from .result import Finding, Result, Row

__all__ = [
    "Epoch",
    "Finding",
    "InputError",
    "Pair",
    "ProgramError",
    "Result",
    "Row",
    "audit",
    "callback",
    "compare",
    "end_of_epoch",
    "leak_test",
    "leak_test_saved",
    "save_outputs",
]
