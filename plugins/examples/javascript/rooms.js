// Rooms: identified by a key that no document holds. {"building": "Main Hall", "floor": 2, "number": "7"} is the room
// MH-2.07: the building's initials, the floor, the number in two digits. A schema can name paths; it cannot put values
// together.

// A room has some hundred bytes, and a call has 10 ms of CPU: a document that would take longer is refused unread.
const DOCUMENT_BYTES_MAX = 1 << 10;
const DEPTH_MAX = 64;
// As Rust has it: \s has U+FEFF too and lacks U+0085.
const WORDS_OF_TEXT = /\P{White_Space}+/gu;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
const IN_WORDS = new Uint8Array(256);
for (const character of "-+.0123456789Eabcdefghijklmnopqrstuvwxyz") IN_WORDS[character.charCodeAt(0)] = 1;
const WORDS = new Map([["true", true], ["false", false], ["null", null]]);
const [KEY, REFERENCE, ORGANIZATION, ETAG] = [0, 1, 2, 3];

// What an export throws becomes the error of its result.
function refusal(code, message, offset = 0) {
  return { code, message, offset };
}

// A number as it is written: 2022 and 2022.0 are two values, which JSON.parse would make one.
class Number {
  constructor(written) {
    this.written = written;
  }
}

const [TAB, LF, CR, SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [...'\t\n\r ",:\\'].map((character) => character.charCodeAt(0));
const [ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [..."[]{}"].map((character) => character.charCodeAt(0));

// JSON with what JSON.parse loses: how numbers are written, and that an object has a name twice. It goes over the bytes, which
// an interpreter does faster than over the characters of a string; between them is UTF-8, which the host has checked.
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.depth = 0;
  }

  wrong() {
    return refusal("invalid-json", "The document is not JSON.", this.at);
  }

  // The next byte that is no space; it stays the next.
  peek() {
    const bytes = this.bytes;
    let at = this.at;
    let byte = bytes[at];
    while (byte === SPACE || byte === LF || byte === CR || byte === TAB) byte = bytes[++at];
    this.at = at;
    return byte;
  }

  take(byte) {
    if (this.peek() !== byte) return false;
    this.at += 1;
    return true;
  }

  expect(byte) {
    if (!this.take(byte)) throw this.wrong();
  }

  document() {
    const value = this.value();
    if (this.peek() !== undefined) throw this.wrong();
    return value;
  }

  value() {
    switch (this.peek()) {
      case OBJECT:
        return this.object();
      case ARRAY:
        return this.array();
      case QUOTE:
        return this.string();
      default:
        return this.word();
    }
  }

  open() {
    this.at += 1;
    this.depth += 1;
    if (this.depth > DEPTH_MAX) throw refusal("invalid-json", `The document has more than ${DEPTH_MAX} open brackets.`);
  }

  close(bracket) {
    if (!this.take(bracket)) return false;
    this.depth -= 1;
    return true;
  }

  object() {
    const members = new Map();
    this.open();
    if (this.close(OBJECT_END)) return members;
    do {
      if (this.peek() !== QUOTE) throw this.wrong();
      const name = this.string();
      this.expect(COLON);
      if (!name.isWellFormed()) throw refusal("lone-surrogate", "A member's name holds half of a surrogate pair.");
      if (members.has(name)) throw refusal("duplicate-property", "An object has two members of one name.");
      members.set(name, this.value());
    } while (this.take(COMMA));
    if (!this.close(OBJECT_END)) throw this.wrong();
    return members;
  }

  array() {
    const items = [];
    this.open();
    if (this.close(ARRAY_END)) return items;
    do items.push(this.value());
    while (this.take(COMMA));
    if (!this.close(ARRAY_END)) throw this.wrong();
    return items;
  }

  string() {
    const start = this.at;
    const bytes = this.bytes;
    let [at, isPlain] = [start + 1, true];
    for (let byte; (byte = bytes[at]) !== QUOTE; at += byte === BACKSLASH ? 2 : 1) {
      if (byte === undefined) throw this.wrong();
      if (byte < SPACE || byte >= 0x80 || byte === BACKSLASH) isPlain = false;
    }
    this.at = at + 1;
    if (isPlain) return String.fromCharCode.apply(null, bytes.subarray(start + 1, at));
    try {
      // The engine has no TextDecoder. What it makes of escapes and control characters is right.
      return JSON.parse(decodeURIComponent(escape(String.fromCharCode.apply(null, bytes.subarray(start, at + 1)))));
    } catch {
      throw this.wrong();
    }
  }

  word() {
    const start = this.at;
    let at = start;
    while (IN_WORDS[this.bytes[at]]) at += 1;
    const word = String.fromCharCode.apply(null, this.bytes.subarray(start, at));
    this.at = at;
    if (WORDS.has(word)) return WORDS.get(word);
    if (!NUMBER.test(word)) throw this.wrong();
    return new Number(word);
  }
}

// What the host would take: a string's content, a number as it is written.
function text(value, path) {
  if (value instanceof Number) return value.written;
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "string") {
    throw refusal("not-a-scalar", `${path} is null, an object or an array; a single value is needed.`);
  }
  if (!value.isWellFormed()) {
    throw refusal("lone-surrogate", `${path} holds half of a surrogate pair, which is no character.`);
  }
  return value;
}

function part(room, name) {
  if (!room.has(name)) {
    throw refusal("identity-missing", `$.${name} is missing; the identity needs exactly one value there.`);
  }
  return text(room.get(name), `$.${name}`);
}

const SCHOOL = "$.schoolReference.schoolId";

function slot(kind, path, location, name = "") {
  return { kind, path, location, target: 0, group: 0, name };
}

export const extractor = {
  describe() {
    const rooms = {
      projectName: "Campus", projectEndpoint: "campus", resourceName: "Room", endpoint: "rooms", resourceVersion: "1.0.0",
      isDescriptor: false, inHierarchy: false, superclass: undefined,
      targets: [{ projectName: "Ed-Fi", resourceName: "School" }],
      slots: [
        slot("identity", "$.roomKey", ""),
        slot("reference", "$.schoolId", SCHOOL),
        slot("education-organization", "", SCHOOL, "SchoolId"),
        slot("etag", "", "$._etag"),
      ],
    };
    return { name: "rooms-javascript", version: "1.0.0", dialect: "dms-0.7", resources: [rooms] };
  },

  extract(index, document) {
    if (document.length > DOCUMENT_BYTES_MAX) {
      throw refusal("room-too-large", `A room has at most ${DOCUMENT_BYTES_MAX} bytes.`);
    }
    const room = new Reader(document).document();
    if (!(room instanceof Map)) throw refusal("not-an-object", "The document is not a JSON object.");
    const words = part(room, "building").match(WORDS_OF_TEXT) ?? [];
    const initials = words.map((word) => [...word][0]).join("");
    if (initials === "") throw refusal("room-without-building", "A room's building has a name.");
    const [floor, number] = [part(room, "floor"), part(room, "number")];
    const texts = [{ slot: KEY, text: `${initials.toUpperCase()}-${floor}.${number.padStart(2, "0")}` }];
    const reference = room.get("schoolReference");
    if (reference instanceof Map && reference.has("schoolId")) {
      const school = text(reference.get("schoolId"), SCHOOL);
      texts.push({ slot: REFERENCE, text: school }, { slot: ORGANIZATION, text: school });
    }
    const etag = room.get("_etag");
    if (typeof etag === "string" && etag.isWellFormed()) texts.push({ slot: ETAG, text: etag });
    return { spans: [], steps: [], texts };
  },
};
