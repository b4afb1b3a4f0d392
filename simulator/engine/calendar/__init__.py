"""Time and the markets: opening, pauses, closing, determination, settlement."""
