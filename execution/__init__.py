"""From an intent to the last word of the venue, and from a fill to positions, cash and checks."""
