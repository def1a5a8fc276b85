"""The firms of the district beside the demonstration firm: what each is like, and what it delivered."""
