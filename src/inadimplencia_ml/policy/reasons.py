"""Why: each decision's reasons as a list of text, every one a code and a sentence in Portuguese.

Sentences are made once for each thing that can be said and then taken by number, so that a million cases cost no more
Python than a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.policy.credit_limit.told import limit_texts
from inadimplencia_ml.policy.dunning import Ladder
from inadimplencia_ml.policy.eligible import GATE, PRESUPPOSED
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.plan import Plan
from inadimplencia_ml.policy.sections import HOUSE_CHOICE, PROFILES, ROWS, STATES
from inadimplencia_ml.policy.standing import concerned
from inadimplencia_ml.tables import SEGMENT_BASES, TITLES

__all__ = ["days_late_text", "named_lists", "reasons_of"]

Codes = npt.NDArray[np.int64]

BLOCK = 250_000  # rows a chunk: the texts of one chunk stay below the two gigabytes of an Arrow list
SEGMENT_SENTENCES = {"low": "risco baixo", "medium": "risco médio", "high": "risco alto", "none": "risco desconhecido"}
_TODAY = "o da probabilidade de hoje"
BASIS_SENTENCES = {
    "kept": "mantido da última avaliação, pois a pontuação de hoje ainda está perto do limite entre os segmentos",
    "no_history": f"{_TODAY}; não há avaliação anterior com que comparar",
    "stale": f"{_TODAY}; a avaliação anterior é antiga demais para comparar",
    "other_model": f"{_TODAY}; a avaliação anterior é de outro modelo",
    "other_target": f"{_TODAY}; a avaliação anterior é de outro alvo",
    "was_bad": f"{_TODAY}; na avaliação anterior o evento já tinha ocorrido",
    "off": f"{_TODAY}; este modelo não compara com a avaliação anterior",
}
"""How a segment came about, where that needs a word; by `inadimplencia_ml.tables.SEGMENT_BASES`."""
SILENT = "espera: nesta etapa a régua não fala com clientes desta linha."
NO_HISTORY = "histerese: desligada, pois não há decisão anterior à mão; a etapa é a de hoje."


BROKEN_PLAN = "acordo: não foi cumprido; voltam a valer os títulos originais, descontado o que foi pago."
HELD_BACK = "histerese: o atraso saltou de etapa desde a última decisão; o passo é o seguinte ao já vivido."


def days_late_text(dpd: int) -> str:
    """A dpd in words.

    >>> days_late_text(1), days_late_text(0), days_late_text(-3)
    ('1 dia de atraso', 'no vencimento', 'vence em 3 dias')
    """
    if dpd == 0:
        return "no vencimento"
    days = f"{abs(dpd)} dia" + ("s" if abs(dpd) != 1 else "")
    return f"{days} de atraso" if dpd > 0 else f"vence em {days}"


class _Sentences:
    """Numbered sentences, and for each slot of a reason which one a case takes (-1 for none)."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.slots: list[npt.NDArray[np.int32]] = []

    def say(self, texts: Sequence[str], which: Codes) -> None:
        """A slot: position in ``texts`` by case, -1 for silence."""
        self.slots.append(np.where(which >= 0, which + len(self.texts), -1).astype(np.int32))
        self.texts.extend(texts)

    def lists(self) -> pa.ChunkedArray:
        """One list of text a case."""
        dictionary = pa.array(self.texts, pa.string())
        n = len(self.slots[0])

        def block(start: int) -> pa.Array:
            table = np.stack([slot[start : start + BLOCK] for slot in self.slots], axis=1)
            said = table >= 0
            offsets = np.concatenate([[0], np.cumsum(said.sum(axis=1))]).astype(np.int32)
            return pa.ListArray.from_arrays(pa.array(offsets), dictionary.take(pa.array(table[said])))

        with ThreadPoolExecutor(pa.cpu_count()) as pool:  # Arrow takes without the interpreter's lock
            return pa.chunked_array(list(pool.map(block, range(0, max(n, 1), BLOCK))))


def reasons_of(plan: Plan, held: Flags) -> pa.ChunkedArray:
    """The reasons of every case; ``held``, cases x safeguards: what held something back."""
    rules, asked, state = plan.rules, plan.asked, plan.given.state
    policy = rules.policy
    say = _Sentences()
    _say_stage(say, plan.ladder, asked.stage, plan.where.stage_dpd)
    ends = ["", *(f", {BASIS_SENTENCES[b]}" if b in BASIS_SENTENCES else "" for b in SEGMENT_BASES)]
    names = [f"segmento: {SEGMENT_SENTENCES[row]}{end}." for end in ends for row in ROWS]
    told = [f"{name}: {policy.states[name].sentence}" for name in STATES]  # type: ignore[index]  # its keys
    by_segment = (plan.given.basis + 1) * len(ROWS) + plan.given.segment
    say.say([*names, *told], np.where(state == 0, by_segment, state + len(names)))
    say.say([SILENT], np.where((asked.stage >= 0) & (asked.step < 0), 0, -1))
    by_profile = [f"{code}: {policy.profiles[code].sentence}" for code in PROFILES]  # type: ignore[index]  # its keys
    say.say(by_profile, np.where(asked.by_profile, plan.profile, -1))
    for number, text in enumerate(_held_texts(rules)):
        if held[:, number].any():
            say.say([text], np.where(held[:, number], 0, -1))
    _say_beside(say, plan)
    _say_gates(say, plan, held)
    _say_proposed(say, plan)
    say.say([NO_HISTORY], np.where(plan.unknown_past, 0, -1))
    if plan.limits is not None and policy.limits is not None and rules.limits is not None:
        say.say(*limit_texts(plan.limits, policy.limits, rules.limits.rules))
    return say.lists()


def _say_beside(say: _Sentences, plan: Plan) -> None:
    """What intensity, acceleration and earlier decisions changed."""
    asked, policy = plan.asked, plan.rules.policy
    if plan.rules.intensity is not None and policy.intensity is not None:
        levels = plan.rules.intensity.levels
        texts = [f"intensity: nível {one.level} de 3. {policy.intensity.sentence}" for one in levels]
        say.say(texts, np.where(asked.step >= 0, plan.level, -1))
    if policy.acceleration is not None:
        say.say([f"acceleration: {policy.acceleration.sentence}"], np.where(asked.sooner, 0, -1))
    if policy.firm_tone is not None:
        say.say([f"firm_tone: {policy.firm_tone.sentence}"], np.where(asked.gentler, 0, -1))
    say.say([HELD_BACK], np.where(asked.held_back, 0, -1))
    say.say([BROKEN_PLAN], np.where(_of_broken_plans(plan), 0, -1))


def _of_broken_plans(plan: Plan) -> Flags:
    """Cases of which some title concerned is owed again since its plan was broken."""
    if "agreement_kept" not in plan.given.titles.columns:
        return np.zeros(len(plan.action), bool)
    again = FrameFacts(plan.given.titles, TITLES).number("agreement_kept") == 0
    rows = np.flatnonzero(again & concerned(plan.where, int(plan.ladder.starts[0])))
    return np.asarray(np.bincount(plan.where.case[rows], minlength=len(plan.action)) > 0)


def _held_texts(rules: PolicyInForce) -> list[str]:
    """What to say of each safeguard: its code, the rules it comes from, its sentence."""
    texts = []
    for name in rules.safeguards:
        entry = rules.policy.safeguards[name]
        sources = ", ".join(s for s in entry.source if s != HOUSE_CHOICE)
        texts.append(f"{name}{f' ({sources})' if sources else ''}: {entry.sentence}")
    return [*texts, *(f"{name} ({source}): {sentence}" for name, (source, sentence) in PRESUPPOSED.items())]


def _say_gates(say: _Sentences, plan: Plan, held: Flags) -> None:
    """Of a gate that is shut: what the nearest title does not meet."""
    if plan.gates is None or plan.rules.gates is None:
        return
    for kind, gate in plan.rules.gates.of.items():
        mine = np.flatnonzero(held[:, plan.may.safeguards.index(GATE + kind)])
        if not len(mine):
            continue
        which = np.full(len(held), -1, np.int64)
        which[mine], patterns = pd.factorize(plan.gates.nearest(kind)[mine])
        texts = []
        for pattern in patterns.tolist():
            missing = [gate.told(n) for bit, n in enumerate(gate.conditions) if pattern >> bit & 1]
            texts.append(f"{GATE}{kind}: ainda não se propõe; falta: {'; '.join(missing)}.")
        say.say(texts, which)


def _say_proposed(say: _Sentences, plan: Plan) -> None:
    """What is proposed and who decides, and each hard rule behind it that nobody has verified yet."""
    rules = plan.rules
    approvers = {} if rules.gates is None else {k: gate.gate.approver for k, gate in rules.gates.of.items()}
    proposed = [
        f"{a}: proposta, só com a aprovação de {approvers.get(a, 'uma pessoa')}. {one.sentence}"
        for a, one in rules.actions.items()
    ]
    say.say(proposed, plan.escalation)
    if rules.gates is None:
        return
    for kind, gate in rules.gates.of.items():
        mine = plan.escalation == plan.ladder.action(kind)
        for rule in rules.policy.unverified(gate.sources) if mine.any() else ():
            title = rules.policy.references[rule].title
            say.say([f"{rule} ainda não verificada: {title}"], np.where(mine, 0, -1))


def _say_stage(say: _Sentences, ladder: Ladder, stage: Codes, dpd: Numbers) -> None:
    """The stage with the days, or why there is none."""
    known = ~np.isnan(dpd)
    days = np.where(known, dpd, 0).astype(np.int64)
    which, pairs = pd.factorize(np.where(known, (stage + 1) << 32 | (days + 2**31), -1))
    texts = []
    for pair in pairs:
        number, late = int(pair >> 32) - 1, int(pair & (2**32 - 1)) - 2**31
        name = ladder.stages[number] if number >= 0 else "fora da régua"
        told = f"{name}: {_of_the_worst(late)}."
        texts.append("sem etapa: nenhum título relevante a cobrar." if pair < 0 else told)
    say.say(texts, which)


def _of_the_worst(dpd: int) -> str:
    """How late the worst material title is; where none is late, when the next one falls due.

    >>> _of_the_worst(12), _of_the_worst(0)
    ('12 dias de atraso no pior título relevante', 'um título relevante está no vencimento')
    >>> _of_the_worst(-1)
    'o próximo título relevante vence em 1 dia'
    """
    if dpd > 0:
        return f"{days_late_text(dpd)} no pior título relevante"
    return "um título relevante está no vencimento" if dpd == 0 else f"o próximo título relevante {days_late_text(dpd)}"


def named_lists(flags: Flags, names: Sequence[str]) -> pa.Array:
    """The names flagged in each row, as a list; rows with the same flags share the work."""
    which = np.zeros(len(flags), np.int64)
    for start in range(0, len(names), 40):  # so many bits beside the patterns found so far stay below 2^63
        block = flags[:, start : start + 40].astype(np.int64)
        bits = block @ (1 << np.arange(block.shape[1], dtype=np.int64))
        which = pd.factorize(which << 40 | bits)[0]
    of_pattern = np.zeros(int(which.max(initial=-1)) + 1, np.int64)
    of_pattern[which] = np.arange(len(which))
    lists = [[name for name, flag in zip(names, row, strict=True) if flag] for row in flags[of_pattern]]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(which))
