"""Pages of this room."""

from django.urls import path, re_path

from supervision.rectification import views

app_name = "rectification"
urlpatterns = [
    path("", views.item_list, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    re_path(rf"^(?P<pk>\d+)/(?P<event>{'|'.join(views.ACTS)})/$", views.act, name="act"),
]
