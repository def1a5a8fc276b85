"""The commands of `python -m data`: what each takes, what it calls, and what it says."""
