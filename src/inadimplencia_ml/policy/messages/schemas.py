"""The JSON Schemas of what is handed over, as they are published in `docs/schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from inadimplencia_ml.policy.messages.message_plan import AgentContext, MessagePlan

__all__ = ["schemas", "write_schemas"]


def schemas() -> dict[str, str]:
    """The text of each schema by its file name."""
    kinds: dict[str, type[BaseModel]] = {"message_plan.json": MessagePlan, "agent_context.json": AgentContext}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {
        name: json.dumps(dialect | kind.model_json_schema(mode="serialization"), ensure_ascii=False, indent=2) + "\n"
        for name, kind in kinds.items()
    }


def write_schemas(folder: Path) -> None:
    """Writes the schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
