"""The rules, one file a family; importing this package registers them all."""

from conservation.rulebook.rules import codes, fees, patch, penalty, periods, plan, risk_tier, spoil  # noqa: F401
