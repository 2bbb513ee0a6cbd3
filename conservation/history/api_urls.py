"""API routes of this room."""

from django.urls import path

from conservation.history import api

urlpatterns = [
    path("history/<slug:subject_type>/<str:subject_id>/", api.EventList.as_view(), name="event-list"),
]
