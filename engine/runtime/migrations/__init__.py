"""How the tables came to be: one chain of steps for both databases."""
