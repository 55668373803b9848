"""The words of a judgement: each key in Portuguese and English."""

from __future__ import annotations

__all__ = ["NOTES", "WORDS"]

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Julgamento fora do tempo", "Judgement out of time"),
    "period": ("Período: {judged_from} a {judged_to}", "Period: {judged_from} to {judged_to}"),
    "size": (
        "{rows} casos{of_clients}, {bads} maus: {bad_rate}. Probabilidade média prevista: {mean_probability}.",
        "{rows} cases{of_clients}, {bads} bad: {bad_rate}. Mean predicted probability: {mean_probability}.",
    ),
    "of_clients": (" de {clients} clientes", " of {clients} clients"),
    "lift": (
        "Entre os 10 % de maior risco há {lift} vezes mais maus que no total.",
        "Among the riskiest 10% there are {lift} times more bad cases than overall.",
    ),
    "versus": (
        "Modelo e referências (intervalo de 95 % por reamostragem de clientes)",
        "Model and baselines (95% interval, clients resampled)",
    ),
    "calibration": ("Calibração", "Calibration"),
    "calibration_slope": ("inclinação (1 é o certo)", "slope (1 is right)"),
    "calibration_level": ("nível em log-chances (0 é o certo)", "level in log-odds (0 is right)"),
    "calibration_error": ("erro médio em 15 faixas", "mean error over 15 bins"),
    "ratings": ("Classes de risco", "Ratings"),
    "months": ("Por mês", "By month"),
    "inversion": (
        "  <- inversão: menos maus que a classe anterior",
        "  <- inversion: fewer bad than the rating before",
    ),
    "within_chance": (
        "  {count} inversões que o acaso explica não estão marcadas.",
        "  {count} inversions that chance explains are not marked.",
    ),
    "within_chance_one": (
        "  Uma inversão que o acaso explica não está marcada.",
        "  One inversion that chance explains is not marked.",
    ),
    "inverted_in": (
        "  Inversão além do acaso em {part}: classe {rating}.",
        "  Inversion beyond chance in {part}: rating {rating}.",
    ),
    "too_flat": (
        "  As probabilidades estão próximas demais umas das outras: as altas deveriam ser mais altas, e as baixas, mais"
        " baixas.",
        "  The probabilities are too near to each other: high ones should be higher, low ones lower.",
    ),
    "too_steep": (
        "  As probabilidades estão afastadas demais umas das outras: as altas deveriam ser mais baixas, e as baixas,"
        " mais altas.",
        "  The probabilities are too far apart: high ones should be lower, low ones higher.",
    ),
    "calibration_error_level_removed": (
        "o mesmo, corrigido o nível",
        "the same, with the level mended",
    ),
    "jeffreys": (
        "Teste de Jeffreys da probabilidade: {verdict} no total (uma classe certa é dada por errada 1 vez em 20).",
        "Jeffreys test of the probability: {verdict} overall (a right rating is called wrong 1 time in 20).",
    ),
    "test": ("teste", "test"),
    "ok": ("certa", "right"),
    "understated": ("baixa demais", "too low"),
    "overstated": ("alta demais", "too high"),
    "inconclusive": ("inconclusivo", "inconclusive"),
    "parts": ("Por tipo e por história do cliente", "By kind and history of the client"),
    "new": ("novos", "new"),
    "known": ("conhecidos", "known"),
    "ratio": ("observado/previsto", "observed/predicted"),
    "money": ("Em dinheiro", "In money"),
    "exposure": ("exposição", "exposure"),
    "bad_exposure": ("exposição dos maus", "exposure of the bad"),
    "bad_rate_amount": ("taxa de maus em valor", "bad rate by amount"),
    "mean_probability_amount": ("probabilidade média em valor", "mean probability by amount"),
    "observed_to_expected_amount": ("observado/previsto em valor", "observed/predicted by amount"),
    "auc_amount": ("AUC em valor", "AUC by amount"),
    "calibration_error_amount": ("erro médio em 15 faixas, em valor", "mean error over 15 bins, by amount"),
    "bad_caught_10": (
        "do valor dos maus, entre os 10 % de maior risco",
        "of the bad amount, among the riskiest 10%",
    ),
    "overdue": ("valor em atraso", "overdue amount"),
    "overdue_caught_10": (
        "do valor em atraso, entre os 10 % de maior risco",
        "of the overdue amount, among the riskiest 10%",
    ),
    "swap_set": (
        "Em lugar do modelo anterior, com a mesma taxa de aprovação",
        "In place of the previous model, at the same approval rate",
    ),
    "approval": ("aprovação", "approval"),
    "swapped_in": ("entram", "let in"),
    "swapped_out": ("saem", "kept out"),
    "bad_of_in": ("maus entre os que entram", "bad among the let in"),
    "bad_of_out": ("maus entre os que saem", "bad among the kept out"),
    "approvals": ("Aprovação e maus", "Approvals and bad ones"),
    "cutoff": ("até a probabilidade", "up to probability"),
    "margin": ("margem", "margin"),
    "candidates": ("Candidatos nas mesmas dobras", "Candidates on the same folds"),
    "candidate": ("candidato", "candidate"),
    "role": ("papel", "role"),
    "champion": ("campeão", "champion"),
    "baseline": ("referência", "baseline"),
    "boosted": ("árvores", "boosted trees"),
    "scorecard": ("scorecard", "scorecard"),
    "blend": ("combinação", "blend"),
    "rows": ("casos", "cases"),
    "bads": ("maus", "bad"),
    "auc": ("AUC", "AUC"),
    "average_precision": ("AP", "AP"),
    "brier": ("Brier", "Brier"),
    "log_loss": ("log loss", "log loss"),
    "behind": ("atrás do melhor", "behind the best"),
    "error": ("erro-padrão", "standard error"),
    "leaks": ("Auditoria de vazamento", "Leak audit"),
    "no_leak": (
        "  Nenhuma variável lê o que não se sabia no dia ({features} variáveis, {snapshots} retratos).",
        "  No feature reads what was not known on its day ({features} features, {snapshots} snapshots).",
    ),
    "leak_cut": ("lê o que só se soube depois", "reads what became known later"),
    "leak_invented": ("muda com outros fatos posteriores", "changes with other later facts"),
    "leak_shuffled": ("muda com a ordem das linhas", "changes with the order of the rows"),
    "leak_renamed": ("muda com o código do cliente", "changes with the client's id"),
    "labels": ("Retratos por rótulo", "Snapshots by label"),
    "label_bad": ("maus", "bad"),
    "label_good": ("bons", "good"),
    "label_immature": ("ainda sem desfecho", "immature"),
    "label_no_exposure": ("sem exposição", "no exposure"),
    "label_already_bad": ("já maus", "already bad"),
    "label_bad_early": ("maus antes do tempo", "bad early"),
    "notes": ("Observações", "Notes"),
    "part_all": ("todos", "all"),
    "part_low": ("baixo", "low"),
    "part_medium": ("médio", "medium"),
    "part_high": ("alto", "high"),
    "model": ("modelo", "model"),
    "previous": ("modelo anterior", "previous model"),
    "prevalence": ("taxa média", "prevalence"),
    "dpd_max": ("maior atraso atual", "worst delay now"),
    "days_late_last": ("último atraso", "last delay"),
    "logistic": ("logística", "logistic"),
    "predicted": ("previsto", "predicted"),
    "observed": ("observado", "observed"),
    "cases": ("casos", "cases"),
    "bad": ("maus", "bad"),
}

#: What the codes in a judgement's notes say.
NOTES: dict[str, tuple[str, str]] = {
    "centiles": (
        "Um dos segmentos ficaria com menos de 5 % dos clientes: os cortes passaram aos centis 50 e 85.",
        "One segment would have held under 5% of the clients: the edges went to the 50th and 85th centile.",
    ),
    "one_segment": (
        "Há menos de três classes de risco: todos os clientes ficam no segmento médio.",
        "There are fewer than three ratings: all clients are in the medium segment.",
    ),
    "previous_has_seen": (
        "O modelo anterior conhecia desfechos do período do julgamento: a comparação o favorece.",
        "The previous model knew outcomes of the judged period: the comparison flatters it.",
    ),
    "folds_not_by_date": (
        "As datas são poucas para separar treino e calibração no tempo: a separação foi por clientes, ao acaso.",
        "Too few dates to part fitting and calibration in time: clients were parted at random.",
    ),
    "not_calibrated": (
        "Os casos são poucos para calibrar: as probabilidades são as do modelo.",
        "Too few cases to calibrate: the probabilities are the model's own.",
    ),
}
