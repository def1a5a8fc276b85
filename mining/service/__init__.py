"""The call centre: who waits how long, how many agents that takes, what is settled at once, what comes tomorrow."""
