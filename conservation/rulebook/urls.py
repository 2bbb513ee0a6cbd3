"""Pages of this room."""

from django.urls import URLPattern

app_name = "rulebook"
urlpatterns: list[URLPattern] = []
