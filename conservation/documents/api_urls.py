"""API routes of this room."""

from django.urls import path

from conservation.documents import api

urlpatterns = [
    path("documents/", api.DocumentList.as_view(), name="document-list"),
    path("documents/<uuid:pk>/", api.DocumentDetail.as_view(), name="document-detail"),
    path("documents/<uuid:pk>/content/", api.DocumentContent.as_view(), name="document-content"),
]
