"""Prices that customers name: what would be bought at which, and what it earns."""
