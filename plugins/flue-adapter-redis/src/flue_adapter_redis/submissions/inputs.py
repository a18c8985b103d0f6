"""The rules that a submission's input satisfies, when it is admitted and whenever it is read."""

from __future__ import annotations

from typing import Final

from flue_adapter_redis.images import check_image_sizes
from flue_conformance.contract import JsonObject, JsonValue, MalformedRecord

_TEXTS: Final = {
    "dispatch": ("submissionId", "dispatchId", "agent", "id", "session", "acceptedAt"),
    "direct": ("submissionId", "agent", "id", "session", "acceptedAt"),
}


def check_input(document: JsonValue, edition: str) -> None:
    """Refuse what is no stored input of `edition`. ADMISSION-13 to -18, ORDERING-14.

    Raises `MalformedRecord`, and `ImageTooLarge` for an image that is too long.
    """
    _demand(isinstance(document, dict), "it is no object")
    kind = document.get("kind")
    _demand(isinstance(kind, str) and kind in _TEXTS, f"its kind is {kind!r}")
    for name in _TEXTS[kind]:
        _demand(isinstance(document.get(name), str), f"{name!r} is no text")
    if kind == "dispatch":
        _demand("input" in document, "'input' is absent; null would do")
        _demand(document["submissionId"] == document["dispatchId"], "it has two ids")
    else:
        _check_payload(document.get("payload"), edition)


def _check_payload(payload: JsonValue, edition: str) -> None:
    _demand(isinstance(payload, dict), "'payload' is no object")
    _demand(isinstance(payload.get("message"), str), "'payload.message' is no text")
    # 0.11 gave images a meaning and took the session's away; the other member is just carried.
    if edition == "0.10":
        _demand(isinstance(payload.get("session", ""), str), "'payload.session' is no text")
    elif "images" in payload:
        images = payload["images"]
        _demand(isinstance(images, list), "'payload.images' is no list")
        _demand(all(map(_is_image, images)), "'payload.images' has something that is no image")
        check_image_sizes(images)


def _is_image(image: JsonValue) -> bool:
    members: JsonObject = image if isinstance(image, dict) else {}
    texts = all(isinstance(members.get(name), str) for name in ("data", "mimeType"))
    return texts and members.get("type") == "image"


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise MalformedRecord(f"The input is malformed: {otherwise}.")
