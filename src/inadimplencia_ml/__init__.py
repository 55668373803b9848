"""Predicts payment default."""
