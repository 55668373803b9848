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

    def implies(self, other: Target) -> bool:
        """Whether this event cannot come without the other, for a snapshot in which both are still to come.

        True only where it follows from the settings, whatever the book holds. What is not provable is False.

        - Clients. The event is a day of the window on which some version of an invoice is ``dpd`` past due with the
          material amount out, or a day on which one ends overdue with that amount. With fewer dpd, a window as long or
          longer and a material amount as small or smaller, the same day and version do, or an earlier day, on which
          nothing less was out. The material amount is the larger of ``min_amount`` and of ``min_share`` of one and the
          same open amount, so both must be as small or smaller. A state at the end of the window (``ever=False``) is a
          day of any window that holds it, but is no state at the end of another. New invoices (``open_or_new``) bring
          no event that asks for open ones alone. ``cure_days`` tell who is already bad, not what is an event.
        - Invoices, from due_adj of as_of. Settled on day ``dpd`` or later (``late``) is so of an earlier day too; what
          is out at the end of a later day (``default``) is out at the end of an earlier one. Out at the end of day d is
          settled on d + 1 at the earliest: ``default`` at d implies ``late`` at d + 1 and less.
          An overdue invoice that was renegotiated or written off is late at any dpd, and in default by what was out.
        - ``paid`` within fewer days is paid within more.

        Not related, though they look it: fewer dpd within a shorter window (60 dpd in 90 days and 30 dpd in 60: an
        invoice written off on day 80, or whose due date moves, brings the first alone); ``late`` and ``default`` the
        other way round (an invoice of amount zero); ``paid`` and ``late`` (which day comes first depends on the
        invoice); clients and invoices.

        Examples
        --------
        >>> Target(dpd=60).implies(Target(dpd=30)), Target(dpd=30).implies(Target(dpd=60))
        (True, False)
        >>> Target(dpd=60, horizon_days=90).implies(Target(dpd=30, horizon_days=60))
        False
        """
        if self.level != other.level:
            return False
        if self.level == "client":
            one_day = not self.ever and not other.ever and self.horizon_days == other.horizon_days
            within = one_day or (other.ever and self.horizon_days <= other.horizon_days)
            reach = self.exposure == other.exposure or other.exposure == "open_or_new"
            return within and reach and self._harder(other)
        match self.event, other.event:
            case "paid", "paid":
                return self.horizon_days <= other.horizon_days
            case "late", "late":
                return self.dpd >= other.dpd
            case "default", "default":
                return self._harder(other)
            case "default", "late":
                return self.dpd + 1 >= other.dpd
        return False

    def state_implies(self, other: Target) -> bool:
        """Whether a client who is in this event at a date is in the other one then: what ``already_bad`` asks.

        True where an open invoice of ``dpd`` past due with the material amount, or one that was so in the last
        ``cure_days``, is one with fewer dpd, a smaller amount and as many days to cure or more. So a client is also not
        cured of the other as long as they are not cured of this one. Windows and new invoices play no part.

        Examples
        --------
        >>> Target(dpd=60).state_implies(Target(dpd=30, cure_days=30))
        True
        """
        return self.level == other.level == "client" and self._harder(other) and self.cure_days <= other.cure_days

    def _harder(self, other: Target) -> bool:
        """As many dpd or more, and as much money or more."""
        least = round(self.min_amount * 100) >= round(other.min_amount * 100)  # in cents, as it is compared
        share = round(self.min_share * 1_000_000) >= round(other.min_share * 1_000_000)
        return self.dpd >= other.dpd and least and share


def _plain(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")
