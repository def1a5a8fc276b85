"""What customers propose: who repeats whom, what many want, and who they are."""
