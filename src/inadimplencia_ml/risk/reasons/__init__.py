"""Why a client has this score: families of features against a frozen reference, in codes, points and sentences.

`reference` freezes good payers and says which families speak, `codes` names the loudest; `breakdown` takes a score
apart into points that add up to it, `sentences` writes them out for whole
books; `overview` tells them of a whole book, and `shap_values` hands contributions to the plots of shap.
"""

from inadimplencia_ml.risk.reasons.breakdown import SIDES, Breakdown
from inadimplencia_ml.risk.reasons.codes import REASON_COLUMNS, with_short_history
from inadimplencia_ml.risk.reasons.overview import family_importance, feature_points, reason_stability, reasons_kept
from inadimplencia_ml.risk.reasons.reference import OTHER_FAMILY, Contributor, Reasons, Spoken, fit_reasons
from inadimplencia_ml.risk.reasons.sentences import reason_sentences, with_texts
from inadimplencia_ml.risk.reasons.shap_values import shap_explanation

__all__ = [
    "OTHER_FAMILY",
    "REASON_COLUMNS",
    "SIDES",
    "Breakdown",
    "Contributor",
    "Reasons",
    "Spoken",
    "family_importance",
    "feature_points",
    "fit_reasons",
    "reason_sentences",
    "reason_stability",
    "reasons_kept",
    "shap_explanation",
    "with_short_history",
    "with_texts",
]
