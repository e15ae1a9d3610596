"""What a segment is called among attributes: membership stands there like any other value."""

from typing import Final

__all__ = ["segment_attribute", "segment_of"]

_SEGMENT: Final = "segment "


def segment_attribute(name: str) -> str:
    """Return the attribute under which the membership in a segment stands.

    >>> segment_attribute("power-users"), segment_of("segment power-users"), segment_of("plan")
    ('segment power-users', 'power-users', None)
    """
    return _SEGMENT + name


def segment_of(attribute: str) -> str | None:
    """Return the segment whose membership an attribute is, or None for any other attribute."""
    return attribute.removeprefix(_SEGMENT) if attribute.startswith(_SEGMENT) else None
