"""What the decision tables about statements share: a notebook that stands above, and how a row is looked at."""

from __future__ import annotations

import functools

from jupyter_mlpipe.notebook.dataflow import Known, read_source
from jupyter_mlpipe.notebook.pipeline import Kind, Statement

BEFORE = """
import os, sys, time, random, logging, warnings, json, math, functools, abc
import enum, re, shutil, decimal, collections, atexit
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import matplotlib as mpl
import seaborn as sns
import torch, joblib
import mymod
import datetime as dt
from datetime import date, timedelta, datetime
from pathlib import Path
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, NamedTuple, Literal
from enum import Enum, auto
from functools import lru_cache, partial, wraps
from collections import defaultdict, namedtuple
from IPython.display import display
from cfg import settings, Thing
K = 3
NAME = "a,b"
items = [1, 2]
nested = [[1], [2]]
value = compute_somehow()
def helper(x): return x + K
class Base: pass
class Hooked:
    def __init_subclass__(cls): print("made")
def loud(f):
    print("decorating")
    return f
def quiet(f):
    @functools.wraps(f)
    def wrapper(*a):
        print("calling")
        return f(*a)
    return wrapper
def factory(n):
    def decorate(f):
        print(n)
        return f
    return decorate
log = logging.getLogger("x")
"""


def last(source: str) -> Statement:
    return read_source(source, known=_learned().copy())[-1]


@functools.cache
def _learned() -> Known:
    known = Known()
    read_source(BEFORE, known=known)
    return known


def check(source: str, kind: Kind, replayable: bool) -> None:
    statement = last(source)
    assert (statement.kind, statement.replayable) == (kind, replayable)
