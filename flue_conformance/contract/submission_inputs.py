"""The rules that a submission's input satisfies, when it is admitted and whenever it is read."""

from __future__ import annotations

from typing import Final

from flue_conformance.contract.documents import JsonObject
from flue_conformance.contract.errors import MalformedRecord
from flue_conformance.contract.image_sizes import check_image_sizes
from flue_conformance.contract.json_text import JsonValue

_TEXT_MEMBERS: Final = {
    "dispatch": ("submissionId", "dispatchId", "agent", "id", "session", "acceptedAt"),
    "direct": ("submissionId", "agent", "id", "session", "acceptedAt"),
}


def check_submission_input(document: JsonValue, edition: str) -> None:
    """Refuse what is no stored input of `edition`. ADMISSION-13 to -18, ORDERING-14.

    Raises `MalformedRecord`, and `ImageTooLarge` for an image that is too long.
    """
    if not isinstance(document, dict):
        raise MalformedRecord("The input is malformed: it is no object.")
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in _TEXT_MEMBERS:
        raise MalformedRecord(f"The input is malformed: its kind is {kind!r}.")
    for member in _TEXT_MEMBERS[kind]:
        if not isinstance(document.get(member), str):
            raise MalformedRecord(f"The {kind} input is malformed: {member!r} is no text.")
    if kind == "dispatch":
        _check_dispatch(document)
    else:
        _check_payload(document.get("payload"), edition)


def _check_dispatch(document: JsonObject) -> None:
    if "input" not in document:
        raise MalformedRecord("The dispatch input is malformed: 'input' is absent; null would do.")
    if document["submissionId"] != document["dispatchId"]:
        raise MalformedRecord(
            "The dispatch input is malformed: 'submissionId' is not 'dispatchId'."
        )


def _check_payload(payload: JsonValue, edition: str) -> None:
    if not isinstance(payload, dict):
        raise MalformedRecord("The direct input is malformed: 'payload' is no object.")
    if not isinstance(payload.get("message"), str):
        raise MalformedRecord("The direct input is malformed: 'payload.message' is no text.")
    # 0.11 gave images a meaning and took the session's away; the other member is just carried.
    if edition == "0.10":
        if not isinstance(payload.get("session", ""), str):
            raise MalformedRecord("The direct input is malformed: 'payload.session' is no text.")
    elif "images" in payload:
        _check_images(payload["images"])


def _check_images(images: JsonValue) -> None:
    if not isinstance(images, list):
        raise MalformedRecord("The direct input is malformed: 'payload.images' is no list.")
    for position, image in enumerate(images):
        if not _is_image(image):
            raise MalformedRecord(f"The direct input is malformed: 'payload.images[{position}]'.")
    check_image_sizes(images)


def _is_image(image: JsonValue) -> bool:
    return (
        isinstance(image, dict)
        and image.get("type") == "image"
        and isinstance(image.get("data"), str)
        and isinstance(image.get("mimeType"), str)
    )
