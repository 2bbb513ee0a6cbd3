"""Pages of this room."""

from django.urls import URLPattern

app_name = "patches"
urlpatterns: list[URLPattern] = []
