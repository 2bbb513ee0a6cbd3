"""Pages of this room."""

from django.urls import path

from conservation.deadlines import views

app_name = "deadlines"
urlpatterns = [
    path("", views.index, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
]
