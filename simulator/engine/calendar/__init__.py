"""What time does to markets: opening, pauses, closing, determination, settlement."""
