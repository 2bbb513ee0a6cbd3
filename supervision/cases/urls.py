"""Pages of this room."""

from django.urls import path

from supervision.cases import views

app_name = "cases"
urlpatterns = [
    path("", views.case_list, name="list"),
    path("<int:pk>/", views.case_detail, name="detail"),
    path("<int:pk>/export/", views.case_export, name="export"),
    path("<int:pk>/<slug:act>/", views.case_act, name="act"),
    path("exports/<uuid:pk>/", views.export_result, name="export_result"),
]
