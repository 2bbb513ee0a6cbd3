"""API routes of this room."""

from django.urls import path

from conservation.jobs import api

urlpatterns = [
    path("jobs/", api.RunList.as_view(), name="run-list"),
    path("jobs/<uuid:pk>/", api.RunDetail.as_view(), name="run-detail"),
    path("jobs/<uuid:pk>/cancel/", api.RunCancel.as_view(), name="run-cancel"),
    path("jobs/<uuid:pk>/retry/", api.RunRetry.as_view(), name="run-retry"),
]
