"""Going live, and what became of it."""

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse

from cuebook.engine.runtime import happening, post_with

from .models import Company


def go_live(request: HttpRequest, company: str) -> JsonResponse:
    """Let a company go live: the row and the event in one transaction."""
    with transaction.atomic():
        Company.objects.update_or_create(id=company, defaults={"live": True})
        with connection.cursor() as cursor:
            post_with(cursor, happening(company, "go-live", id=f"go-live/{company}"))
        if "fail" in request.GET:
            raise RuntimeError("the contract was not signed after all")
    return JsonResponse({"live": True})


def show(_request: HttpRequest, company: str) -> JsonResponse:
    """Return what is known of a company."""
    found = Company.objects.filter(id=company).first()
    return JsonResponse({"note": found.note} if found else {})
