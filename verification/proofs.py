"""All proofs by their names."""

from __future__ import annotations

from typing import Final

from verification import conservation, fuzz, order_flow_facts, soak
from verification.proof import Proof

PROOFS: Final[dict[str, Proof]] = {
    "frames": fuzz.PROOF,
    "engine": conservation.PROOF,
    "order_flow": order_flow_facts.PROOF,
    "stream": soak.PROOF,
}
