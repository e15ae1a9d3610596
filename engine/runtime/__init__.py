"""Durable runtimes: the same decisions, kept in SQL. Arrives with a later release."""
