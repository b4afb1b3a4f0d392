"""``python -m verification [--quick] [NAME…]``: prove these, or all; stopped, the same command goes on."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Final

from verification.proofs import PROOFS
from verification.proving import prove

STOPPED: Final = 130  # exit code


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m verification", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short form, whose result is not kept")
    parser.add_argument("--list", action="store_true", help="name the proofs and end")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROOFS)}")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - PROOFS.keys()):
        parser.error(f"there is no proof {', '.join(unknown)}; there are {', '.join(PROOFS)}")
    if arguments.list:
        for name, proof in PROOFS.items():
            print(f"{name}: {proof.title} ({proof.pieces} pieces)")
        return 0
    holds = True
    for name in arguments.names or PROOFS:
        line = prove(name, PROOFS[name], quick=arguments.quick)
        if line is None:
            return STOPPED
        print(json.dumps(line), flush=True)
        holds &= not line["broken"]
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
