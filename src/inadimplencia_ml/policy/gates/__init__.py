"""Gates: what must hold, title by title, before a harder measure is proposed to a person."""
