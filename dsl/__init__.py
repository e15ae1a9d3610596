"""The language room: text in; a plan, or diagnostics, out."""
