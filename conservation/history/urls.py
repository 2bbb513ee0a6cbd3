"""Pages of this room."""

from django.urls import path

from conservation.history import views

app_name = "history"
urlpatterns = [
    path("", views.index, name="list"),
    path("<slug:subject_type>/<str:subject_id>/", views.subject, name="subject"),
]
