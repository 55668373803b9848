"""Exact TreeSHAP for whole books: tables by pattern of decisions, one look a group of leaves."""

from inadimplencia_ml.risk.tree_shap.tree_shap import TreeShap, fallback_share, tree_shap_of

__all__ = ["TreeShap", "fallback_share", "tree_shap_of"]
