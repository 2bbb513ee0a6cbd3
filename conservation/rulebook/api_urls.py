"""API routes of this room."""

from django.urls import path

from conservation.rulebook import api


class DecideWithSlash(api.DecideView):
    """The same door for whoever adds a slash; the schema lists it once."""

    schema = None


urlpatterns = [
    path("rules/", api.RulesView.as_view(), name="rules"),
    path("rules/<slug:rule>/", api.RuleView.as_view(), name="rule"),
    path("rules/<slug:rule>/decide/", DecideWithSlash.as_view(), name="rule-decide-slash"),
    path("rules/<slug:rule>/decide", api.DecideView.as_view(), name="rule-decide"),
]
