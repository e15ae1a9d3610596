"""What an editor asks while somebody types: what may stand here, what this is, where else it is."""
