"""Predicts payment default (inadimplência) from a company's own ledger and turns the prediction into decisions.

The public names load when they are first used, so that `import inadimplencia_ml` costs nothing.

>>> import inadimplencia_ml as iml
>>> iml.Target(dpd=30, horizon_days=90).name
'client_default_30d_in_90d'
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "AgentContext": "policy.messages.message_plan",
    "Aggregate": "features.custom.declared",
    "Blend": "risk.blend",
    "Calendar": "calendar",
    "Creditor": "policy.messages.creditor",
    "DateSplit": "risk.date_split",
    "Ledger": "ledger.ledger",
    "MessagePlan": "policy.messages.message_plan",
    "Model": "pipeline",
    "ModelFamily": "model_family",
    "PaymentModel": "payment_forecast",
    "PeerRank": "features.study.peer_rank",
    "Policy": "policy.policy",
    "PythonFeature": "features.custom.coded",
    "Reviews": "client_rights.reviews",
    "RiskClassifier": "risk.classifier",
    "ScorecardClassifier": "risk.scorecard.classifier",
    "SparkLedger": "spark.spark_ledger",
    "SqlFeature": "features.custom.coded",
    "Target": "target",
    "TimeToPayment": "risk.time_to_pay.estimator",
    "TrainingSettings": "training.settings",
    "agent_contexts": "policy.messages.agent_contexts",
    "allot_limits": "policy.credit_limit.budget",
    "amortisation": "ledger.adapters.amortising",
    "append_facts": "ledger.appending",
    "audit_leaks": "features.audit",
    "bad_definition": "portfolio.bad_definition",
    "bad_rate_by_bin": "features.study.trend",
    "break_even_discount": "policy.offers.value",
    "build_features": "features.build",
    "campaign_list": "policy.offers.campaigns",
    "check_policy": "policy.review.checking",
    "compare_plans": "policy.review.compare",
    "compliance_report": "policy.review.compliance",
    "correlation_groups": "features.study.information",
    "custom_feature": "features.custom.columns",
    "cut_off_by_cost": "policy.profile_view",
    "cut_offs_by_loss": "policy.profile_view",
    "decide": "pipeline",
    "decide_in_parts": "policy.in_parts",
    "decide_sales": "policy.credit_limit.new_sale",
    "deciding_facts": "policy.profile_view",
    "door_on_spark": "spark.run",
    "dossier": "client_rights.dossier",
    "expected_cash": "risk.time_to_pay.cash",
    "expected_loss": "portfolio.expected_loss",
    "explanation_page": "report.explanation_page",
    "family_importance": "risk.reasons",
    "feature": "catalog",
    "feature_points": "risk.reasons",
    "features_on_spark": "spark.run",
    "forget_client": "client_rights.erasure",
    "frozen_bins": "features.study.bins",
    "generate_book": "synthetic",
    "import_ledger": "ledger.importing",
    "information_value": "features.study.information",
    "judge": "risk.judgement",
    "judge_time_to_payment": "training.payment_judgement",
    "label": "outcome",
    "ledger_from_schedule": "ledger.adapters.schedules",
    "ledger_from_statements": "ledger.adapters.panels",
    "legal_rate_series": "policy.amounts.legal_rate",
    "lint_text": "policy.messages.one_message",
    "load_family": "model_family",
    "load_model": "pipeline",
    "load_payment_model": "payment_forecast",
    "make_snapshots": "ledger.snapshots",
    "messages_for": "policy.messages.message_plans",
    "migration_matrix": "policy.profile_view",
    "monotonic_trend": "features.study.trend",
    "offer_menu": "offering",
    "partition_ledger": "ledger.partitioning",
    "plot_beeswarm": "report.reason_plots",
    "plot_calibration": "report.judgement_plots",
    "plot_correlation_groups": "report.correlation_plots",
    "plot_dependence": "report.reason_plots",
    "plot_family_importance": "report.reason_plots",
    "plot_psi": "report.stability_plots",
    "plot_ratings": "report.judgement_plots",
    "plot_reason_stability": "report.reason_stability_plot",
    "plot_trend": "report.stability_plots",
    "price_schedule": "policy.offers.price",
    "promote": "tracking",
    "psi_by_period": "features.study.stability",
    "read_custom": "features.custom.declared",
    "read_database": "databases.reading",
    "read_ledger": "ledger.ledger",
    "read_mapping": "ledger.mapping",
    "reason_stability": "risk.reasons",
    "reasons_kept": "risk.reasons",
    "recovery_curves": "portfolio.recovery",
    "reject_inference": "risk.reject_inference",
    "reinstated_titles": "policy.offers.campaigns",
    "render": "policy.messages.one_message",
    "rights_calendar": "policy.rights",
    "roll_rates": "portfolio.roll_rates",
    "schedule_from_contracts": "ledger.adapters.amortising",
    "score_in_parts": "batch.run",
    "score_on_spark": "spark.run",
    "settlement_value": "policy.offers.value",
    "shap_explanation": "risk.reasons",
    "statements_from_wide": "ledger.adapters.panels",
    "stream_features": "features.stream",
    "track": "training.tracked",
    "train": "training.train",
    "train_family": "training.family",
    "train_time_to_payment": "training.open_invoices",
    "two_axes": "policy.profile_view",
    "updated_balance": "policy.amounts.balance",
    "vintages": "portfolio.vintages",
    "wrap": "training.wrapping",
    "write_plan": "databases.writing",
    "write_results": "databases.writing",
    "write_scores": "databases.writing",
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
