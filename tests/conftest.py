"""What holds for all tests: property tests draw the same examples every time they run here."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, database=None)
settings.load_profile("steady")
