"""`policy check`: whether a policy can be used, and what in it is doubtful.

What does not fit together is refused when a policy is read; here it is listed. What fits is looked through for windows
without an hour, rules that nothing reaches, values that the law does not allow, and a review that is due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from inadimplencia_ml.errors import PolicyError
from inadimplencia_ml.policy.contents import PolicyContents
from inadimplencia_ml.policy.fitting import fits_together
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.lengths import long_texts
from inadimplencia_ml.policy.policy import Policy, places_wrong, policy_data, policy_text
from inadimplencia_ml.policy.review.compliance import compliance_report
from inadimplencia_ml.policy.review.findings import Finding, Lang
from inadimplencia_ml.policy.review.law import against_the_law
from inadimplencia_ml.policy.review.reach import unreachable
from inadimplencia_ml.policy.review.reach_beside import unreachable_beside
from inadimplencia_ml.policy.windows import week_of

__all__ = ["check_policy", "check_policy_file", "findings_table"]

_ORDER = ("error", "warning", "note")


def check_policy_file(path: str | Path, as_of: dt.date) -> list[Finding]:
    """What is found in a policy file, the gravest first; PolicyError where there is no such file.

    A file that is refused gives one error for each thing that is wrong with it.
    """
    text = policy_text(path)
    try:
        data = policy_data(text, where=str(path))
        contents = PolicyContents.model_validate(data)
    except PolicyError as error:
        return [Finding("does_not_fit", str(path), {"told": str(error)})]
    except ValidationError as error:
        return [_refused(line) for line in places_wrong(error)]
    wrong = list(_does_not_fit(contents))
    return wrong or check_policy(Policy.model_validate(data), as_of)


def check_policy(policy: Policy, as_of: dt.date) -> list[Finding]:
    """What is doubtful in a policy on a day, the gravest first.

    Examples
    --------
    >>> [f for f in check_policy(Policy.default(), dt.date(2025, 6, 30)) if f.severity == "error"]
    []
    """
    rules = policy.in_force(as_of)
    found = [*_windows(rules), *unreachable(rules), *unreachable_beside(rules), *against_the_law(rules)]
    found += [*_kept(policy, as_of), *_dates(policy, as_of), *_texts(rules), *_review(policy, as_of)]
    return sorted(found, key=lambda one: _ORDER.index(one.severity))


def findings_table(findings: list[Finding], lang: Lang = "pt") -> pd.DataFrame:
    """The findings as a table: ``severity``, ``code``, ``place``, ``what``, ``remedy``."""
    rows = [(f.severity, f.code, f.place, f.what(lang), f.remedy(lang)) for f in findings]
    return pd.DataFrame(rows, columns=["severity", "code", "place", "what", "remedy"])


def _refused(line: str, day: dt.date | None = None) -> Finding:
    place, _, what = line.partition(": ")
    since = "" if day is None else f" ({day:%Y-%m-%d})"
    return Finding("does_not_fit", place, {"told": f"{what}{since}"})


def _does_not_fit(contents: PolicyContents) -> Iterator[Finding]:
    """What does not fit on any day on which something changes, each thing once."""
    seen: set[str] = set()
    begun, not_yet = False, ""
    for day in sorted({day for entry in contents.entries().values() for day in entry.values}):
        try:
            lines = fits_together(PolicyInForce.of(contents, day))
            begun = True
        except PolicyError as error:
            not_yet = str(error).partition(": ")[2]
            lines = [not_yet] if begun else []
        yield from (_refused(line, day) for line in lines if line not in seen)
        seen.update(lines)
    if not begun:
        yield _refused(not_yet)


def _windows(rules: PolicyInForce) -> Iterator[Finding]:
    """A week without an hour: of everybody, or of one state."""
    names = [None] if rules.use_windows == "strictest" else [None, *rules.weeks]
    for uf in names:
        week = week_of(rules, uf)
        if week.mon_fri is None and week.sat is None and week.sun is None:
            who = uf or rules.use_windows
            yield Finding("no_hours", f"windows.by_uf.{uf}" if uf else "windows", {"who": who})


def _kept(policy: Policy, as_of: dt.date) -> Iterator[Finding]:
    """Hard rules that say where they are kept, and nothing there names them."""
    for row in compliance_report(policy, as_of).to_dict("records"):
        if row["severity"] == "hard" and row["missing"]:
            facts = {"rule": row["rule"], "kinds": ", ".join(row["missing"])}
            yield Finding("not_kept", f"references.{row['rule']}", facts)


def _dates(policy: Policy, as_of: dt.date) -> Iterator[Finding]:
    """Values that are never in force, change nothing, or are still to come."""
    first = _first_day(policy)
    for place, entry in policy.entries().items():
        days = sorted(entry.values)
        if all(value is None for value in entry.values.values()):
            yield Finding("never_on", place)
            continue
        for day, after in zip(days, [*days[1:], None], strict=True):
            facts = {"begin": day, "first": first}
            before = [earlier for earlier in days if earlier < day]
            if after is not None and after <= first:
                yield Finding("never_in_force", place, facts)
            elif before and entry.values[before[-1]] == entry.values[day]:
                yield Finding("changes_nothing", place, facts)
            elif day > as_of:
                yield Finding("still_to_come", place, facts)


def _first_day(policy: Policy) -> dt.date:
    """The first day on which the policy can be used."""
    for day in sorted({day for entry in policy.entries().values() for day in entry.values}):
        try:
            return PolicyInForce.of(policy, day).day
        except PolicyError:
            continue
    raise AssertionError("a policy that was read has a first day")


def _texts(rules: PolicyInForce) -> Iterator[Finding]:
    """Texts of the ladder that no step takes, neither as they are nor as the softer one."""
    templates = rules.policy.templates
    used = {step.template for _, _, step in rules.steps()}
    for one in rules.modifiers.values():
        used |= {extra.template for extra in (one.first_late, one.people_only) if extra is not None}
    used |= {softer for name in used if (softer := templates[name].softer) is not None}
    for name, template in templates.items():
        if name not in used and template.occasion == "ladder":
            yield Finding("text_unused", f"templates.{name}")
    for long in long_texts(rules):
        yield Finding("text_long", long.place, {"count": long.length, "bound": long.most})


def _review(policy: Policy, as_of: dt.date) -> Iterator[Finding]:
    due, facts = policy.review_due, {"owner": policy.owner}
    if due is None:
        yield Finding("never_reviewed", "reviewed_on", facts)
    elif due < as_of:
        yield Finding("review_overdue", "reviewed_on", facts | {"due": due})
    names = policy.unverified(policy.references)
    if names:
        yield Finding("unverified", "references", {"count": len(names), "names": ", ".join(names)})
    for name, rule in policy.references.items():
        if rule.verified_on is not None and policy.is_old(rule.verified_on, as_of):
            yield Finding("verified_long_ago", f"references.{name}", {"day": rule.verified_on})
