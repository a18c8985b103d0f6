"""Documents: plain JSON with Flue's camelCase names, in insertion order.

At run time they are dicts; the types here describe what the runtime puts into them. A store keeps
members that it does not know.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from flue_conformance.contract.json_text import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]

SubmissionKind: TypeAlias = Literal["dispatch", "direct"]


class Cost(TypedDict):
    """What one model call cost, in the provider's currency."""

    input: float
    output: float
    cacheRead: float
    cacheWrite: float
    total: float


class Usage(TypedDict):
    """Tokens of one model call."""

    input: int
    output: int
    cacheRead: int
    cacheWrite: int
    totalTokens: int
    cost: Cost


class TextBlock(TypedDict):
    """Text inside a message."""

    type: Literal["text"]
    text: str
    textSignature: NotRequired[str]


class ImageBlock(TypedDict):
    """An image inside a message or a direct payload; `data` is base64 text."""

    type: Literal["image"]
    data: str
    mimeType: str


class ThinkingBlock(TypedDict):
    """A model's reasoning inside an assistant message."""

    type: Literal["thinking"]
    thinking: str
    thinkingSignature: NotRequired[str]
    redacted: NotRequired[bool]


class ToolCall(TypedDict):
    """A tool that the model asked for."""

    type: Literal["toolCall"]
    id: str
    name: str
    arguments: JsonObject


class UserMessage(TypedDict):
    """What a person or a caller said."""

    role: Literal["user"]
    content: str | list[TextBlock | ImageBlock]
    timestamp: int


class AssistantMessage(TypedDict):
    """What the model answered."""

    role: Literal["assistant"]
    content: list[TextBlock | ThinkingBlock | ToolCall]
    api: str
    provider: str
    model: str
    usage: Usage
    stopReason: Literal["stop", "length", "toolUse", "error", "aborted"]
    errorMessage: NotRequired[str]
    responseId: NotRequired[str]
    timestamp: int


class ToolResultMessage(TypedDict):
    """What a tool returned."""

    role: Literal["toolResult"]
    toolCallId: str
    toolName: str
    content: list[TextBlock | ImageBlock]
    details: NotRequired[JsonValue]
    isError: bool
    timestamp: int


class SignalMessage(TypedDict):
    """What the runtime tells the model."""

    role: Literal["signal"]
    type: str
    tagName: NotRequired[str]
    content: str
    attributes: NotRequired[dict[str, str]]
    data: NotRequired[JsonObject]
    timestamp: int


Message: TypeAlias = UserMessage | AssistantMessage | ToolResultMessage | SignalMessage


class SubmissionTerminal(TypedDict):
    """Why an interrupted submission ended."""

    submissionId: str
    kind: SubmissionKind
    reason: Literal[
        "interrupted_before_input_marker",
        "interrupted_after_input_application",
        "exhausted_retry_budget",
        "exceeded_timeout",
    ]


class MessageEntry(TypedDict):
    """A message in a session."""

    type: Literal["message"]
    id: str
    parentId: str | None
    timestamp: str
    message: Message
    source: NotRequired[Literal["prompt", "skill", "shell", "task", "retry", "dispatch"]]
    dispatch: NotRequired[DispatchInput]
    directSubmissionId: NotRequired[str]
    submissionTerminal: NotRequired[SubmissionTerminal]


class CompactionDetails(TypedDict):
    """Files that the summarised messages touched."""

    readFiles: list[str]
    modifiedFiles: list[str]


class CompactionEntry(TypedDict):
    """A summary that stands for earlier entries."""

    type: Literal["compaction"]
    id: str
    parentId: str | None
    timestamp: str
    summary: str
    firstKeptEntryId: str
    tokensBefore: int
    details: NotRequired[CompactionDetails]
    usage: NotRequired[Usage]


class BranchSummaryEntry(TypedDict):
    """A summary of a branch that was left."""

    type: Literal["branch_summary"]
    id: str
    parentId: str | None
    timestamp: str
    fromId: str
    summary: str
    details: NotRequired[JsonValue]


SessionEntry: TypeAlias = MessageEntry | CompactionEntry | BranchSummaryEntry


class SessionData(TypedDict):
    """A session record; `entries` is a tree by `parentId`, `leafId` its active leaf."""

    version: int
    affinityKey: str
    entries: list[SessionEntry]
    leafId: str | None
    metadata: JsonObject
    createdAt: str
    updatedAt: str


class DispatchInput(TypedDict):
    """What the runtime asks an agent to do; `input` may be null but not absent."""

    dispatchId: str
    agent: str
    id: str
    session: str
    input: JsonValue
    acceptedAt: str


class StoredDispatchInput(DispatchInput):
    """A dispatch input as submissions hold it. ADMISSION-02."""

    kind: Literal["dispatch"]
    submissionId: str


class DirectPayload(TypedDict):
    """A direct prompt; `session` belongs to edition 0.10, `images` to 0.11."""

    message: str
    session: NotRequired[str]
    images: NotRequired[list[ImageBlock]]


class DirectAgentSubmissionInput(TypedDict):
    """A prompt that a caller waits for."""

    kind: Literal["direct"]
    submissionId: str
    agent: str
    id: str
    session: str
    payload: DirectPayload
    acceptedAt: str


SubmissionInput: TypeAlias = StoredDispatchInput | DirectAgentSubmissionInput


class FlueEvent(TypedDict):
    """An event of a run, as far as a store can see it; further members depend on `type`."""

    type: str
    runId: str
    eventIndex: int
    timestamp: NotRequired[str]
