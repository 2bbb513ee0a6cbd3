"""Pages of this room."""

from django.urls import path

from conservation.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.index, name="index"),
    path("me/", views.profile, name="profile"),
    path("list/", views.people, name="people"),
    path("new/", views.enrol, name="enrol"),
    path("<int:pk>/", views.person, name="person"),
    path("<int:pk>/invite/", views.invite, name="invite"),
    path("memberships/<int:pk>/end/", views.end_membership, name="end_membership"),
    path("units/", views.units, name="units"),
    path("units/new/", views.unit_new, name="unit_new"),
    path("units/<int:pk>/", views.unit_edit, name="unit_edit"),
    path("authorities/", views.authorities, name="authorities"),
    path("authorities/new/", views.authority, name="authority_new"),
    path("authorities/<int:pk>/", views.authority, name="authority"),
]
