"""The pieces of a proposal: which column is which field, what a file is about, what belongs together."""
