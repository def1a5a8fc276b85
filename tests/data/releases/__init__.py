"""A small warehouse of each release as SQL: what later ones must open, and find whole. `kept_firm.py` wrote them."""
