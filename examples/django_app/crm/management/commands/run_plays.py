"""`manage.py run_plays`: the process beside the web server that decides and performs."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from crm.models import Company
from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine


class Command(BaseCommand):
    """Runs until it is told to stop."""

    help = "Decide what is due and perform it, until SIGTERM."

    def handle(self, *_args: object, **_options: object) -> None:
        """Deploy, and run."""
        engine, told = Engine(settings.URL), threading.Event()

        @engine.action("note")
        def note(words: dict[str, str], context: Context) -> None:
            try:
                Company.objects.filter(id=context.customer).update(note=words["text"])
            finally:
                connection.close()  # Each thread of the engine has a connection of Django's own.

        engine.deploy(settings.PLAYS)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        with engine:
            told.wait()
