"""The counter: read, call the library, print, leave."""
