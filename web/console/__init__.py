"""The console: pages on which people see who is waiting for what, and why, and answer."""

from .app import console
from .visits import Principal

__all__ = ["Principal", "console"]
