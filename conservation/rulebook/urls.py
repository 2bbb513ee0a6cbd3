"""Pages of this room."""

from django.urls import path

from conservation.rulebook import views

app_name = "rulebook"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:name>/", views.rule_page, name="rule"),
]
