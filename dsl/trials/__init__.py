"""Tests as authors write them, read into what a rehearsal plays."""
