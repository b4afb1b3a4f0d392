"""The pure domain: books, orders, positions and risk as functions of their arguments."""
