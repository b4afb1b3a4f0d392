"""One script per claim about speed or size; ``python -m benchmarks`` runs them."""
