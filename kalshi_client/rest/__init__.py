"""One request and its answer: sending, pacing, and what an answer proves."""
