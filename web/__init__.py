"""The console and the HTTP intake. Arrives with a later release."""
