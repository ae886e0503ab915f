#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What statsmodels says about series: the reference of the unit root and cointegration tests.

    statsmodels-reference.py SERIES < JOBS

SERIES holds doubles in this machine's byte order: the number of series, their length, then each series. A job is a line

    adf RULE TERMS COUNT SERIES           prints statistic, p-value, lags, rows, criterion (nan without a search)
    pair RULE TERMS COUNT FIRST SECOND    prints statistic and p-value of first on second, then of second on first

for the first COUNT values; RULE is aic, bic or a number of lags, TERMS is n, c or ct.
"""
import sys
import warnings

import numpy as np
from statsmodels.tsa.stattools import adfuller, coint


def answer(series, kind, rule, terms, count, *names):
    chosen = [series[int(name)][: int(count)] for name in names]
    lags = dict(maxlag=int(rule), autolag=None) if rule.isdigit() else dict(autolag=rule)
    if kind == "adf":
        found = adfuller(chosen[0], regression=terms, **lags)
        return *found[:4], found[5] if len(found) > 5 else float("nan")
    forward = coint(chosen[0], chosen[1], trend=terms, **lags)
    backward = coint(chosen[1], chosen[0], trend=terms, **lags)
    return *forward[:2], *backward[:2]


def main():
    warnings.filterwarnings("ignore")
    data = np.fromfile(sys.argv[1])
    series = data[2:].reshape(int(data[0]), int(data[1]))
    for line in sys.stdin:
        print(*(repr(float(number)) for number in answer(series, *line.split())))


main()
