"""Pages of this room."""

from django.urls import path

from projects.plans import views

app_name = "plans"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/<int:pk>/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/hint/", views.hint, name="hint"),
    path("<int:pk>/attach/", views.attach, name="attach"),
    path("<int:pk>/findings/", views.findings, name="findings"),
    path("<int:pk>/act/<slug:event>/", views.act, name="act"),
]
