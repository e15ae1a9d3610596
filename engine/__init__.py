"""The engine room: decide in core, remember in runtime, practise in rehearsal."""
