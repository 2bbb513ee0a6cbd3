"""API routes of this room."""

from django.urls import path

from conservation.deadlines import api

urlpatterns = [path("deadlines/", api.TimerList.as_view(), name="timer-list")]
