"""How Canvas names the members of a download."""

import unicodedata


def mangled(name: str) -> str:
    """A name as Canvas puts it into the names of a download: lower case; letters with their marks, digits and _."""
    lower = unicodedata.normalize("NFC", name).lower()
    kept = (c for c in lower if unicodedata.category(c)[0] in "LM" or unicodedata.category(c) in ("Nd", "Pc"))
    return unicodedata.normalize("NFC", "".join(kept))
