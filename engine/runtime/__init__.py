"""The durable engine: the same decisions as in rehearsal, kept in SQLite or PostgreSQL."""

from .asynchronous import AsyncEngine
from .cursors import post_with
from .database import Unusable
from .engine import Engine, NotDeployed
from .intake import change, happening

__all__ = ["AsyncEngine", "Engine", "NotDeployed", "Unusable", "change", "happening", "post_with"]
