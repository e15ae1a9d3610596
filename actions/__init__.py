"""The hands: things a playbook may do to the outside world."""
