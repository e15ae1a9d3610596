"""Where things are."""

from django.urls import path

from .views import go_live, show

urlpatterns = [
    path("companies/<company>", show),
    path("companies/<company>/go-live", go_live),
]
