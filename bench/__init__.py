"""Benchmarks, run by hand (`python -m bench NAME`): how fast, beside what a user would pick instead."""
