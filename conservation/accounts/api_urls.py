"""API routes of this room."""

from django.urls import path

from conservation.accounts import api

urlpatterns = [
    path("auth/token/", api.TokenView.as_view(), name="token"),
    path("me/", api.MeView.as_view(), name="me"),
    path("units/", api.UnitList.as_view(), name="unit-list"),
    path("units/<int:pk>/", api.UnitDetail.as_view(), name="unit-detail"),
]
