#!/usr/bin/env python3
"""Every command of the house: `up` starts the product, `test` runs the tests, the rest is Django's and ours."""

import sys

if sys.version_info < (3, 11):
    sys.exit("FanzMoneyDash needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])

from fanzmoney.launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
