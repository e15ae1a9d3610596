"""Where the version of our tables is kept, apart from a host's own migrations."""

__all__ = ["VERSION_TABLE"]

VERSION_TABLE = "cuebook_version"
