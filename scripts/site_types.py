"""For the documentation site: parameters that share a line of a docstring keep the type and default of their own.

``as_of, snapshots, at_issue`` would all be given those of ``as_of``: the parser of docstrings looks for the first that
the signature knows and takes it for all.
"""

from __future__ import annotations

from typing import Any

import griffe


class OwnTypes(griffe.Extension):
    """Corrects what was read of the sections of parameters, once a package is whole."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        self._walk(pkg)

    def _walk(self, held: griffe.Module | griffe.Class) -> None:
        for member in held.members.values():
            if isinstance(member, griffe.Class | griffe.Function) and member.docstring:
                self._correct(member)
            if isinstance(member, griffe.Module | griffe.Class):
                self._walk(member)

    def _correct(self, of: griffe.Class | griffe.Function) -> None:
        known = {one.name.lstrip("*"): one for one in of.parameters}
        from_signature = [one.annotation for one in known.values()]
        for section in of.docstring.parsed if of.docstring else []:
            if section.kind is not griffe.DocstringSectionKind.parameters:
                continue
            for told in section.value:
                if (own := known.get(told.name.lstrip("*"))) is None:
                    continue
                told.value = None if own.default is None else str(own.default)
                if any(told.annotation is one for one in from_signature):  # the docstring itself names no type
                    told.annotation = own.annotation
