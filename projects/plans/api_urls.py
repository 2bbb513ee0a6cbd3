"""API routes of this room."""

from django.urls import path

from projects.plans import api

urlpatterns = [
    path("plans/", api.PlanList.as_view(), name="plans"),
    path("plans/<int:pk>/", api.PlanDetail.as_view(), name="plan"),
    path("plans/<int:pk>/check/", api.PlanCheck.as_view(), name="plan-check"),
    path("plans/<int:pk>/parts/", api.PlanParts.as_view(), name="plan-parts"),
    path("plans/<int:pk>/findings/", api.PlanFindings.as_view(), name="plan-findings"),
    path("plans/<int:pk>/<slug:event>/", api.PlanEvent.as_view(), name="plan-event"),
]
