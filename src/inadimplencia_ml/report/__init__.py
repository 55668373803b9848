"""Pictures of the house's tables.

`stability_plots` draws the tables of `features.study.stability` and `features.study.trend`, `correlation_plots` that
of `features.study.information`, `reason_plots` and `reason_stability_plot` those of `risk.reasons.overview`;
`plot_style` holds what all pictures share. Tables come in, figures come out: it computes no feature, fits no model,
writes no file and never shows a window. matplotlib is needed; the extra `report` brings it.
"""
