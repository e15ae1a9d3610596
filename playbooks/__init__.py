"""The shelf: ready-made playbooks, each with its tests."""
