"""Pages of this room."""

from django.urls import path

from conservation.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.index, name="list"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("<uuid:pk>/retry/", views.retry, name="retry"),
]
