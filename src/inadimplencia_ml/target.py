"""The Target: which event a model predicts, on whom, and within how many days."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inadimplencia_ml.errors import did_you_mean

__all__ = ["Target"]


class Target(BaseModel):
    """What counts as bad.

    Parameters
    ----------
    level : {"client", "invoice"}
        One snapshot a client, or one an invoice.
    event : {"default", "late", "paid"}
        Client: some invoice reaches ``dpd`` days past due within the horizon (``late`` and ``default`` are the same).
        Invoice: ``late`` by ``dpd`` days or more; still open at the end of that day, with ``min_amount`` or more
        outstanding (``default``); settled within the horizon (``paid``, whatever ``dpd``).
    dpd : int
        Days past due, at least 1.
    horizon_days : int
        Length of the outcome window (as_of, as_of + horizon_days]; not used by late and default of an invoice.
    ever : bool
        Clients: bad if the event happens on some day of the window; False: by the state on its last day.
    min_amount : float
        Material outstanding amount, BRL; less is not an event. Not used by late and paid of an invoice.
    min_share : float
        Clients: material share of the open amount at as_of, 0 to 1, in millionths.
    cure_days : int
        Clients: days below ``dpd`` before one in default counts as cured.
    exposure : {"open", "open_or_new"}
        Clients: whether only invoices open at as_of can bring the event, or new ones too.

    Raises
    ------
    pydantic.ValidationError
        A ValueError: a setting is unknown or out of range, or does not go with the level.

    Examples
    --------
    >>> Target(dpd=30, horizon_days=90).name
    'client_default_30d_in_90d'
    >>> Target(level="invoice", event="late", dpd=5).name
    'invoice_late_5d'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["client", "invoice"] = "client"
    event: Literal["default", "late", "paid"] = "default"
    dpd: int = Field(default=30, ge=1, le=3650)
    horizon_days: int = Field(default=90, ge=1, le=3650)
    ever: bool = True
    min_amount: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    min_share: float = Field(default=0.0, ge=0, le=1)
    cure_days: int = Field(default=0, ge=0)
    exposure: Literal["open", "open_or_new"] = "open"

    @model_validator(mode="before")
    @classmethod
    def _known_settings(cls, given: Any) -> Any:
        for key in given if isinstance(given, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(f"a target has no setting {key!r}.{did_you_mean(key, cls.model_fields)}")
        return given

    @model_validator(mode="after")
    def _fits_its_level(self) -> Target:
        if self.event == "paid" and self.level == "client":
            raise ValueError("event 'paid' is told of an invoice: give level='invoice'")
        if self.min_share > 0 and self.level == "invoice":
            raise ValueError(
                "min_share is a share of what a client has open: it goes with level='client'. Use min_amount."
            )
        return self

    @property
    def name(self) -> str:
        """Short name, the same for equal definitions of the event and another for any other."""
        if self.event == "paid":
            return f"invoice_paid_in_{self.horizon_days}d"
        least = f"_min_{_plain(self.min_amount, 2)}" if self.min_amount else ""
        if self.level == "invoice":
            return f"invoice_{self.event}_{self.dpd}d" + (least if self.event == "default" else "")
        parts = [f"client_default_{self.dpd}d_in_{self.horizon_days}d", "" if self.ever else "_at_end", least]
        parts += [f"_share_{_plain(self.min_share, 6)}"] if self.min_share else []
        parts += [f"_cure_{self.cure_days}d"] if self.cure_days else []
        return "".join(parts) + ("_with_new" if self.exposure == "open_or_new" else "")


def _plain(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")
