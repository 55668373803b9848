"""For the documentation site: a link to a file outside docs/ becomes the file's path, since the site stands alone."""

from __future__ import annotations

import re
from posixpath import dirname, join, normpath
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)\s#]+)(#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The page's text with links that leave docs/ told as paths of the repository."""

    def told(link: re.Match[str]) -> str:
        target = normpath(join(dirname(f"docs/{page.file.src_uri}"), link[2]))
        return link[0] if target.startswith("docs/") else f"{link[1]} (`{target}`)"

    return _LINK.sub(told, markdown)
