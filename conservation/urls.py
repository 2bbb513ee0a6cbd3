"""Every door of the portal. Libraries' views are mounted one by one; nothing is open by accident."""

from allauth.account import urls as account_urls
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from conservation import demo, health
from conservation.web import public

api: list[URLPattern | URLResolver] = [
    path("schema/", public(SpectacularAPIView.as_view()), name="schema"),
    path("docs/", public(SpectacularSwaggerSplitView.as_view(url_name="api:schema")), name="docs"),
    path("", include("conservation.accounts.api_urls")),
    path("", include("conservation.rulebook.api_urls")),
    path("", include("conservation.jobs.api_urls")),
    path("", include("conservation.documents.api_urls")),
    path("", include("conservation.deadlines.api_urls")),
    path("", include("conservation.history.api_urls")),
    path("", include("projects.registry.api_urls")),
    path("", include("projects.plans.api_urls")),
    path("", include("supervision.patches.api_urls")),
    path("", include("supervision.rectification.api_urls")),
    path("", include("supervision.cases.api_urls")),
    path("", include("supervision.risk.api_urls")),
    path("", include("credit.facts.api_urls")),
]

SIGN_IN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",  # answers that sign-up is closed; the sign-in page links to it by name
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
sign_in = [one for one in account_urls.urlpatterns if one.name in SIGN_IN]

urlpatterns = [
    path("", include("portal.urls")),
    path("accounts/", include(sign_in)),
    path("i18n/setlang/", public(set_language), name="set_language"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("demo/clock/", demo.clock_page, name="demo_clock"),
    path("api/v1/", include((api, "api"))),
    path("people/", include("conservation.accounts.urls")),
    path("rulebook/", include("conservation.rulebook.urls")),
    path("regions/", include("conservation.regions.urls")),
    path("jobs/", include("conservation.jobs.urls")),
    path("documents/", include("conservation.documents.urls")),
    path("notices/", include("conservation.notices.urls")),
    path("deadlines/", include("conservation.deadlines.urls")),
    path("history/", include("conservation.history.urls")),
    path("projects/", include("projects.registry.urls")),
    path("plans/", include("projects.plans.urls")),
    path("patches/", include("supervision.patches.urls")),
    path("rectification/", include("supervision.rectification.urls")),
    path("cases/", include("supervision.cases.urls")),
    path("risk/", include("supervision.risk.urls")),
    path("credit/", include("credit.facts.urls")),
]
