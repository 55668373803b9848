"""How much credit a client gets, by need, risk and means, changed in steps, with notice and consent; each new sale."""

from inadimplencia_ml.policy.credit_limit.budget import Allotment, allot_limits
from inadimplencia_ml.policy.credit_limit.limits import Limits, limits_of
from inadimplencia_ml.policy.credit_limit.new_sale import SALE_COLUMNS, decide_sales
from inadimplencia_ml.policy.credit_limit.rules import LimitRules, LimitsInForce

__all__ = [
    "SALE_COLUMNS",
    "Allotment",
    "LimitRules",
    "Limits",
    "LimitsInForce",
    "allot_limits",
    "decide_sales",
    "limits_of",
]
