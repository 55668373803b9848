"""What nothing can reach beside the ladder: lines on limits, offers, benefits, rights, signs; idle bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.offers.rules import Discount
from inadimplencia_ml.policy.review.findings import Finding
from inadimplencia_ml.policy.review.reach import why_unreached
from inadimplencia_ml.policy.windows import week_of

__all__ = ["unreachable_beside"]


def unreachable_beside(rules: PolicyInForce) -> Iterator[Finding]:
    """Every part beside the ladder, in force, that can never decide anything."""
    for part in _PARTS:
        yield from part(rules)


def _limit_rules(rules: PolicyInForce) -> Iterator[Finding]:
    """The first line that holds decides; one that waits may give way to those below it, and hides none of them."""
    before: list[Condition] = []
    for name, rule in {} if rules.limits is None else rules.limits.rules.items():
        why = why_unreached(rule.when, before, "client")
        if why is not None:
            yield Finding(why, f"limits.rules.{name}")
        if not rule.waits:
            before.append(rule.when)


def _further(rules: PolicyInForce) -> Iterator[Finding]:
    """Of the entries with the same ``instead_of`` the first that holds is given, and hides those below it."""
    taken: dict[tuple[str, str], list[Condition]] = {}
    for kind, code, grant in () if rules.further is None else rules.further.each():
        before = [] if grant.instead_of is None else taken.setdefault((kind, grant.instead_of), [])
        why = why_unreached(grant.when, before, "client")
        if why is not None:
            yield Finding(why, f"further.{kind}.{code}")
        before.append(grant.when)


def _lone_conditions(rules: PolicyInForce) -> Iterator[Finding]:
    """Conditions that stand for themselves: of offers, rights, signs of avoidance, and the firm tone."""
    lone = [] if rules.offers is None else [(place, one, "client") for place, one in rules.offers.conditions()]
    if rules.rights is not None:
        lone += [(f"rights.{code}", right.when, "title") for code, right in rules.rights.of.items()]
    if rules.acceleration is not None:
        lone += [(f"acceleration.signals.{n}", one, "client") for n, one in rules.acceleration.signals.items()]
    if rules.firm_tone is not None:
        lone.append(("firm_tone", rules.firm_tone.when, "client"))
    if rules.firm_tone is not None:
        lone.append(("firm_tone", rules.firm_tone.when, "client"))
    for place, condition, of in lone:
        if why_unreached(condition, [], of) is not None:
            yield Finding("never_holds", place)


def _signals(rules: PolicyInForce) -> Iterator[Finding]:
    one = rules.acceleration
    if one is not None and one.at_least > len(one.signals):
        yield Finding("too_few_signals", "acceleration", {"bound": one.at_least, "count": len(one.signals)})


def _discounts(rules: PolicyInForce) -> Iterator[Finding]:
    """Shares that nobody may grant, and campaigns that are over."""
    if rules.offers is None or rules.policy.offers is None:
        return
    most = rules.offers.authority[-1]
    shares = {
        f"offers.menu.{code}": max(offer.share_from_dpd.values())
        for code, offer in rules.offers.menu.items()
        if isinstance(offer, Discount)
    }
    for code, entry in rules.policy.offers.campaigns.items():
        campaign = entry.at(rules.day)
        if campaign is not None:
            shares[f"offers.campaigns.{code}"] = campaign.discount
            if campaign.ends_on < rules.day:
                yield Finding("campaign_over", f"offers.campaigns.{code}", {"day": campaign.ends_on})
    for place, share in shares.items():
        if share > most:
            yield Finding("beyond_authority", place, {"value": f"{share:.0%}", "bound": f"{most:.0%}"})


def _caps(rules: PolicyInForce) -> Iterator[Finding]:
    limits = rules.limits
    if limits is None:
        return
    if limits.group_cap is not None and limits.group_cap < limits.cap:
        yield Finding("never_binds", "limits.cap", {"place": "limits.group_cap"})
    if limits.no_score.most > limits.cap:
        yield Finding("never_binds", "limits.no_score", {"place": "limits.cap"})


def _bands(rules: PolicyInForce) -> Iterator[Finding]:
    """Bands of hours in which nobody may be contacted."""
    names = [None] if rules.use_windows == "strictest" else [None, *rules.weeks]
    weeks = [week_of(rules, uf) for uf in names]
    allowed = [hours for week in weeks for hours in (week.mon_fri, week.sat, week.sun) if hours is not None]
    for name, band in {} if rules.contact_rates is None else rules.contact_rates.bands.items():
        if not any(band[0] < end and begin < band[1] for begin, end in allowed):
            yield Finding("band_without_hour", "contact_rates", {"part": name})


_PARTS: tuple[Callable[[PolicyInForce], Iterator[Finding]], ...] = (
    _limit_rules,
    _further,
    _lone_conditions,
    _signals,
    _discounts,
    _caps,
    _bands,
)
