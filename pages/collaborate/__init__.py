"""Partners of the district, what customers propose, and prices that they name."""
