"""The first table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Make it."""

    initial = True
    operations = (
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("live", models.BooleanField(default=False)),
                ("note", models.TextField(default="")),
            ],
        ),
    )
