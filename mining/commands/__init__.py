"""What `python -m mining` does: a question to a cube, handed to a miner; one file a command."""
