"""Pages of this room."""

from django.urls import path

from conservation.documents import views

app_name = "documents"
urlpatterns = [
    path("<uuid:pk>/", views.download, name="download"),
]
