from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "conservation.rulebook"
    label = "rulebook"
    verbose_name = "规则库"

    def ready(self) -> None:
        from conservation import clock
        from conservation.rulebook import registry

        registry.load()
        registry.set_today(clock.today)
