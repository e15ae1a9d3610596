"""Settings of a small CRM; one URL says to Django and to cuebook where the database is."""

import os
from pathlib import Path

from sqlalchemy.engine import make_url

URL = os.environ.get("CRM_DATABASE", "sqlite:///crm.db")
PLAYS = Path(__file__).parents[1] / "plays"

_url = make_url(URL)
if _url.drivername.startswith("sqlite"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": _url.database,
            # As cuebook itself has it: writers wait for each other from the beginning.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.database,
            "USER": _url.username or "",
            "PASSWORD": _url.password or "",
            "HOST": _url.host or _url.query.get("host", ""),
            "PORT": _url.port or "",
        }
    }
INSTALLED_APPS = ["crm"]
ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
SECRET_KEY = "an example has no secrets"  # noqa: S105 - nothing is signed here
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
