"""From an audience to contacts: who may be reached, who is held out, what is sent, and what came back of it."""
