"""The shelf: ready-made playbooks by lifecycle stage, each a small project with its tests."""

from pathlib import Path

__all__ = ["shelf"]


def shelf() -> tuple[Path, ...]:
    """Return the folder of each playbook on the shelf, by stage and name: projects to copy.

    >>> [f"{folder.parent.name}/{folder.name}" for folder in shelf()][:2]
    ['adoption/quarterly-value-report', 'adoption/unused-feature']
    """
    here = Path(__file__).parent
    return tuple(sorted(declared.parent for declared in here.glob("*/*/cuebook.yaml")))
