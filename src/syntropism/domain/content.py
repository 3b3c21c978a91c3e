"""Text that one writes for another to read."""

from syntropism.domain.errors import Invalid


def require_text(content: object, characters_max: int) -> str:
    """``content`` if it is text that may be kept and shown.

    Raises:
        Invalid: not text, blank, longer than ``characters_max``, or with a NUL character.
    """
    if not isinstance(content, str) or not content.strip():
        raise Invalid("content must not be empty", field="content")
    if len(content) > characters_max:
        raise Invalid(f"content is longer than {characters_max} characters", field="content")
    if "\x00" in content:
        raise Invalid("content must not contain NUL", field="content")
    return content
