"""The roof: homes, map, search."""

from django.urls import URLPattern

app_name = "portal"
urlpatterns: list[URLPattern] = []
