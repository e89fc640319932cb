"""Rooms: identified by a key that no document holds. {"building": "Main Hall", "floor": 2, "number": "7"} is the room
MH-2.07: the building's initials, the floor, the number in two digits. A schema can name paths; it cannot put values
together."""

import json
import re
from itertools import accumulate

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.extractor import (
    Computed, Extraction, ExtractError, Manifest, ResourceDescription, Slot, Target,
)

# A room has some hundred bytes, and a call has 10 ms of CPU: a document that would take longer is refused unread.
DOCUMENT_BYTES_MAX = 4 << 10
DEPTH_MAX = 64
NO_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[^][{}"]+', re.DOTALL)
# Unicode's White_Space, as Rust has it: str.split() would take U+001C to U+001F for spaces too.
WORD = re.compile("[^\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
KEY, REFERENCE, ORGANIZATION, ETAG = range(4)


class Number(str):
    """A number as it is written: 2022 and 2022.0 are two values."""


def refusal(code: str, message: str) -> Err:
    return Err(ExtractError(code, message, 0))


def well_formed(text: str) -> bool:
    """Whether each surrogate is half of a pair, without which a text is no UTF-8 and cannot be handed over."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def members(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise refusal("duplicate-property", "An object has two members of one name.")
    if not well_formed("".join(found)):
        raise refusal("lone-surrogate", "A member's name holds half of a surrogate pair.")
    return found


def constant(name: str):
    raise ValueError(f"{name} is no JSON")


def depth(document: bytes) -> int:
    """The most brackets open at a time: Python's reader has no bound of its own that fits the contract."""
    brackets = NO_BRACKETS.sub(b"", document)
    return max(accumulate(1 if bracket in b"{[" else -1 for bracket in brackets), default=0)


def parsed(document: bytes) -> dict:
    if len(document) > DOCUMENT_BYTES_MAX:
        raise refusal("room-too-large", f"A room has at most {DOCUMENT_BYTES_MAX} bytes.")
    if depth(document) > DEPTH_MAX:
        raise refusal("invalid-json", f"The document has more than {DEPTH_MAX} open brackets.")
    try:
        # As text: of bytes, json would guess the encoding, and take a byte order mark.
        value = json.loads(
            document.decode(), object_pairs_hook=members, parse_int=Number, parse_float=Number, parse_constant=constant)
    except ValueError as error:
        raise refusal("invalid-json", f"The document is not JSON: {error}.")
    if not isinstance(value, dict):
        raise refusal("not-an-object", "The document is not a JSON object.")
    return value


def text(value, path: str) -> str:
    """What the host would take: a string's content, a number as it is written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise refusal("not-a-scalar", f"{path} is null, an object or an array; a single value is needed.")
    if not well_formed(value):
        raise refusal("lone-surrogate", f"{path} holds half of a surrogate pair, which is no character.")
    return value


def part(document: dict, name: str) -> str:
    if name not in document:
        raise refusal("identity-missing", f"$.{name} is missing; the identity needs exactly one value there.")
    return text(document[name], f"$.{name}")


class Extractor(exports.Extractor):
    def describe(self) -> Manifest:
        school = "$.schoolReference.schoolId"
        return Manifest("rooms-python", "1.0.0", "dms-0.7", [ResourceDescription(
            "Campus", "campus", "Room", "rooms", "1.0.0", False, False, None, [Target("Ed-Fi", "School")],
            [
                Slot("identity", "$.roomKey", "", 0, 0, ""),
                Slot("reference", "$.schoolId", school, 0, 0, ""),
                Slot("education-organization", "", school, 0, 0, "SchoolId"),
                Slot("etag", "", "$._etag", 0, 0, ""),
            ])])

    def extract(self, index: int, document: bytes) -> Extraction:
        room = parsed(document)
        initials = "".join(word[0] for word in WORD.findall(part(room, "building")))
        if not initials:
            raise refusal("room-without-building", "A room's building has a name.")
        floor, number = part(room, "floor"), part(room, "number")
        texts = [Computed(KEY, f"{initials.upper()}-{floor}.{number:0>2}")]
        reference = room.get("schoolReference")
        if isinstance(reference, dict) and "schoolId" in reference:
            school = text(reference["schoolId"], "$.schoolReference.schoolId")
            texts += [Computed(REFERENCE, school), Computed(ORGANIZATION, school)]
        etag = room.get("_etag")
        if type(etag) is str and well_formed(etag):
            texts.append(Computed(ETAG, etag))
        return Extraction([], [], texts)
