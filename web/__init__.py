"""The console and the HTTP intake: Starlette applications to run or to mount."""
