"""The door for customers and partners: who a link stands for, and what they may do there."""
