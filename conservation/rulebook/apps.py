from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "conservation.rulebook"
    label = "rulebook"
    verbose_name = "规则库"

    def ready(self) -> None:
        from conservation import clock
        from conservation.accounts import codes
        from conservation.rulebook import registry

        registry.load()
        registry.set_today(clock.today)
        codes.set_checker(lambda code: registry.decide("credit-code", {"code": code}).result.get("reason"))
