"""Predicts payment default (inadimplência) from a company's own ledger and turns the prediction into decisions.

The public names load when they are first used, so that `import inadimplencia_ml` costs nothing.

>>> import inadimplencia_ml as iml
>>> iml.Target(dpd=30, horizon_days=90).name
'client_default_30d_in_90d'
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "Aggregate": "features.custom.declared",
    "Blend": "risk.blend",
    "Calendar": "calendar",
    "DateSplit": "risk.date_split",
    "Ledger": "ledger.ledger",
    "Model": "pipeline",
    "PaymentModel": "payment_forecast",
    "PeerRank": "features.study.peer_rank",
    "Policy": "policy.policy",
    "PythonFeature": "features.custom.coded",
    "RiskClassifier": "risk.classifier",
    "ScorecardClassifier": "risk.scorecard.classifier",
    "SqlFeature": "features.custom.coded",
    "Target": "target",
    "TimeToPayment": "risk.time_to_pay.estimator",
    "TrainingSettings": "training.settings",
    "amortisation": "ledger.adapters.amortising",
    "audit_leaks": "features.audit",
    "bad_definition": "portfolio.bad_definition",
    "bad_rate_by_bin": "features.study.trend",
    "build_features": "features.build",
    "correlation_groups": "features.study.information",
    "custom_feature": "features.custom.columns",
    "decide": "pipeline",
    "expected_cash": "risk.time_to_pay.cash",
    "expected_loss": "portfolio.expected_loss",
    "feature": "catalog",
    "frozen_bins": "features.study.bins",
    "generate_book": "synthetic",
    "import_ledger": "ledger.importing",
    "information_value": "features.study.information",
    "judge": "risk.judgement",
    "judge_time_to_payment": "training.payment_judgement",
    "label": "outcome",
    "ledger_from_schedule": "ledger.adapters.schedules",
    "ledger_from_statements": "ledger.adapters.panels",
    "load_model": "pipeline",
    "make_snapshots": "ledger.snapshots",
    "monotonic_trend": "features.study.trend",
    "plot_correlation_groups": "report.correlation_plots",
    "plot_psi": "report.stability_plots",
    "plot_trend": "report.stability_plots",
    "psi_by_period": "features.study.stability",
    "read_custom": "features.custom.declared",
    "read_ledger": "ledger.ledger",
    "read_mapping": "ledger.mapping",
    "recovery_curves": "portfolio.recovery",
    "roll_rates": "portfolio.roll_rates",
    "schedule_from_contracts": "ledger.adapters.amortising",
    "statements_from_wide": "ledger.adapters.panels",
    "stream_features": "features.stream",
    "train": "training.train",
    "train_time_to_payment": "training.open_invoices",
    "vintages": "portfolio.vintages",
}

__version__ = "0.1.0"
__all__ = sorted([*_WHERE, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        from inadimplencia_ml.errors import did_you_mean

        raise AttributeError(f"module 'inadimplencia_ml' has no attribute {name!r}.{did_you_mean(name, _WHERE)}")
    return getattr(import_module(f"inadimplencia_ml.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
