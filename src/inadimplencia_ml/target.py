"""The Target: which event a model predicts, on whom, and within how many days."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Target"]


class Target(BaseModel):
    """What counts as bad.

    Parameters
    ----------
    level : {"client", "invoice"}
        One snapshot a client, or one an invoice.
    event : {"default", "late", "paid"}
        Client: some invoice reaches ``dpd`` days past due within the horizon (``late`` and ``default`` are the same).
        Invoice: late by ``dpd`` days or more; still open on that day (``default``); settled within the horizon (``paid``).
    dpd : int
        Days past due, at least 1.
    horizon_days : int
        Length of the outcome window (as_of, as_of + horizon_days]; not used by late and default of an invoice.
    ever : bool
        Bad if the event happens on some day of the window; False: by the state on its last day.
    min_amount : float
        Material outstanding amount, BRL; less is not an event.
    min_share : float
        Material share of the client's open amount at as_of, 0 to 1.
    cure_days : int
        Days below ``dpd`` before a client in default counts as cured.
    exposure : {"open", "open_or_new"}
        Whether only invoices open at as_of can bring the event, or new ones too.

    Examples
    --------
    >>> Target(dpd=30, horizon_days=90).name
    'client_default_30d_in_90d'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["client", "invoice"] = "client"
    event: Literal["default", "late", "paid"] = "default"
    dpd: int = Field(default=30, ge=1, le=3650)
    horizon_days: int = Field(default=90, ge=1, le=3650)
    ever: bool = True
    min_amount: float = Field(default=0.0, ge=0)
    min_share: float = Field(default=0.0, ge=0, le=1)
    cure_days: int = Field(default=0, ge=0)
    exposure: Literal["open", "open_or_new"] = "open"

    @model_validator(mode="after")
    def _paid_is_an_invoice_event(self) -> Target:
        if self.event == "paid" and self.level == "client":
            raise ValueError("event 'paid' is told of an invoice: give level='invoice'")
        return self

    @property
    def name(self) -> str:
        """Short name, the same for equal definitions of the event."""
        if self.event == "paid":
            return f"invoice_paid_in_{self.horizon_days}d"
        if self.level == "invoice":
            return f"invoice_{self.event}_{self.dpd}d"
        return f"client_{self.event}_{self.dpd}d_in_{self.horizon_days}d"
