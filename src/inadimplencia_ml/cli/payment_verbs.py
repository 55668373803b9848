"""Verbs over the time to payment: train-forecast, forecast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.errors import CallError

__all__ = ["register"]

_DAYS = "7,15,30,60,90"


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command("train-forecast")(train_forecast)
    app.command()(forecast)


def train_forecast(
    ledger: LedgerFolder,
    out: Annotated[Path, typer.Option(help="Model folder to write.")],
    config: Annotated[Path | None, typer.Option(help="Training settings (YAML).")] = None,
    cut: Annotated[str | None, typer.Option(help="Last day whose facts may be used.")] = None,
    horizon: Annotated[int, typer.Option(help="Days ahead that can be forecast.")] = 180,
    judge_from: Annotated[
        str | None, typer.Option(help="Judge a model fitted on what was known that day on what came after.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Fit when open invoices are paid, keep it; with --judge-from, tell first how well that goes."""
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.training.open_invoices import train_time_to_payment
    from inadimplencia_ml.training.payment_judgement import judge_time_to_payment
    from inadimplencia_ml.training.settings import TrainingSettings, read_settings

    room_for(out, "model")
    settings = TrainingSettings() if config is None else read_settings(config)
    judged = None
    with steps(json) as tell:
        tell("reading the ledger")
        book = read_ledger(ledger)
        day = _cut(cut, book)
        if judge_from is not None:
            tell("judging")
            judged = judge_time_to_payment(book.known_at(day), judge_from=judge_from, settings=settings)
        model = train_time_to_payment(book, cut=day, horizon_days=horizon, settings=settings, progress=tell)
        model.save(out)
    if json:
        told = {"model": str(out), "version": model.version, "digest": model.digest, "rows": model.counts}
        print_json(told | {"judgement": None if judged is None else judged.rename_axis("method").reset_index()})
        return
    if judged is not None:
        print_table(judged.rename_axis("method").reset_index(), "Brier: lower is better; AUC: higher")
    counts = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in model.counts.items())
    message(f"Open invoices, each on several days of the past, by what became of them: {counts}")
    print_text(f"Model {model.version} -> {out}")


def forecast(
    ledger: LedgerFolder,
    as_of: Annotated[str, typer.Option(help="Date to look from.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    model: Annotated[
        Path | None, typer.Option(help="Model folder of train-forecast; without it one is fitted at that date.")
    ] = None,
    days: Annotated[str, typer.Option(help="Days ahead of the table of invoices, parted by commas.")] = _DAYS,
    cash_days: Annotated[int, typer.Option(help="Days ahead of the cash by day.")] = 90,
    allow_stale: Annotated[
        bool, typer.Option("--allow-stale", help="Go on although the date lies after the ledger's last day.")
    ] = False,
    json: AsJson = False,
) -> None:
    """When open invoices are paid: P(paid by day) of each, and expected cash by day with its 95 % interval."""
    from inadimplencia_ml.cli.forecast_files import write_forecast
    from inadimplencia_ml.ledger.clock import to_date
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.payment_forecast import load_payment_model
    from inadimplencia_ml.training.open_invoices import train_time_to_payment

    asked = _days(days)
    if cash_days < 1:
        raise CallError(f"--cash-days is {cash_days}; expected 1 or more")
    room_for(out, "forecast")
    day = to_date(as_of, "as_of")
    with steps(json) as tell:
        tell("reading")
        book = read_ledger(ledger)
        beyond = _not_stale(day, book, allow_stale)
        fitted = (
            load_payment_model(model)
            if model is not None
            else train_time_to_payment(
                book,
                cut=min(day, book.known_until),
                horizon_days=max(180, cash_days, *asked),
                progress=tell,
            )
        )
        if max(cash_days, *asked) > fitted.horizon_days:
            raise CallError(
                f"--days and --cash-days go to {max(cash_days, *asked)}; the model forecasts {fitted.horizon_days} days"
            )
        if fitted.cut > day:
            message(
                f"The model was fitted on what was known on {fitted.cut}, after {day}: it may have seen the answer."
            )
        tell("forecasting")
        invoices, cash = fitted.outlook(book, day, days=asked, cash_days=range(1, cash_days + 1))
        tell("writing")
        about = {"model_version": fitted.version, "model": fitted.digest, "known_until": book.known_until.isoformat()}
        write_forecast(out, invoices, cash, about | {"as_of": day.isoformat()})
    periods = _periods(cash, asked)
    if json:
        told = {"out": str(out), "invoices": len(invoices), "outstanding": float(invoices["outstanding"].sum())}
        print_json(told | {"cash": periods, "model_version": fitted.version, "beyond_known_until": beyond})
        return
    print_table(periods, f"{len(invoices):,} open invoices -> {out / 'forecast.parquet'}")
    print_text(f"Cash by day -> {out / 'cash.parquet'}")


def _cut(cut: str | None, book: Any) -> Any:
    from inadimplencia_ml.ledger.clock import to_date

    day = book.known_until if cut is None else to_date(cut, "cut")
    if day > book.known_until:
        raise CallError(f"--cut {cut} lies after {book.known_until}, the last day the ledger knows")
    return day


def _days(text: str) -> list[int]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise CallError(f"--days {text!r}: expected whole numbers from 1 up, parted by commas, such as {_DAYS}")
    return sorted({int(word) for word in words})


def _not_stale(day: Any, book: Any, allowed: bool) -> bool:
    """Refuses a date after the ledger's last day unless allowed, and one before its first invoice."""
    from inadimplencia_ml.ledger.open_invoices import open_invoices

    if day > book.known_until and not allowed:
        raise CallError(
            f"beyond_known_until: {day} lies after {book.known_until}, the last day the ledger knows. Import newer "
            "data, or say --allow-stale."
        )
    if open_invoices(book, day).empty:
        raise CallError(f"no invoice is open at {day}: there is nothing to forecast")
    if day > book.known_until:
        message(f"beyond_known_until: {day} lies after {book.known_until}; computed as asked")
        return True
    return False


def _periods(cash: Any, asked: list[int]) -> Any:
    """The cash that is expected by some of the days."""
    shown = cash[cash["days_to"].isin(asked)]
    return shown[["days_to", "date_to", "expected_by_then", "low_by_then", "high_by_then"]].assign(
        date_to=shown["date_to"].dt.date
    )
