"""Journeys of customers over channels: paths of touches, what leads to purchases, and conventions of credit."""
