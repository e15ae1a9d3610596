"""What the CRM keeps."""

from django.db import models


class Company(models.Model):
    """A company, and what was last noted about it."""

    id = models.CharField(primary_key=True, max_length=100)
    live = models.BooleanField(default=False)
    note = models.TextField(default="")
