"""API routes of this room."""

from rest_framework.routers import SimpleRouter

from credit.facts.api import FactViewSet

router = SimpleRouter()
router.register("credit-facts", FactViewSet, basename="credit-fact")
urlpatterns = router.urls
