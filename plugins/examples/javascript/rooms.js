// Rooms: identified by a key that no document holds. {"building": "Main Hall", "floor": 2, "number": "7"} is the room
// MH-2.07: the building's initials, the floor, the number in two digits. A schema can name paths; it cannot put values
// together.

// A room has some hundred bytes, and a call has 10 ms of CPU: a document that would take longer is refused unread.
const DOCUMENT_BYTES_MAX = 4 << 10;
const DEPTH_MAX = 64;
// Unicode's White_Space, as Rust has it: \s has U+FEFF too and lacks U+0085; \p{White_Space} is not in this engine.
const WORD = /[^\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
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

// JSON with what JSON.parse loses: how numbers are written, and that an object has a name twice.
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
  }

  wrong() {
    return refusal("invalid-json", `The document is not JSON (character ${this.at}).`);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0];
  }

  next(character) {
    this.match(/[ \t\n\r]*/y);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character) {
    if (!this.next(character)) throw this.wrong();
  }

  document() {
    const value = this.value();
    this.match(/[ \t\n\r]*/y);
    if (this.at < this.text.length) throw this.wrong();
    return value;
  }

  value() {
    this.match(/[ \t\n\r]*/y);
    switch (this.text[this.at]) {
      case "{":
        return this.nested(() => this.object());
      case "[":
        return this.nested(() => this.array());
      case '"':
        return this.string();
    }
    const word = this.match(/true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y);
    if (word === undefined) throw this.wrong();
    return WORDS.has(word) ? WORDS.get(word) : new Number(word);
  }

  nested(read) {
    this.depth += 1;
    if (this.depth > DEPTH_MAX) {
      throw refusal("invalid-json", `The document has more than ${DEPTH_MAX} open brackets.`);
    }
    const value = read();
    this.depth -= 1;
    return value;
  }

  object() {
    const members = new Map();
    this.expect("{");
    if (this.next("}")) return members;
    do {
      this.match(/[ \t\n\r]*/y);
      const name = this.string();
      this.expect(":");
      if (!name.isWellFormed()) throw refusal("lone-surrogate", "A member's name holds half of a surrogate pair.");
      if (members.has(name)) throw refusal("duplicate-property", "An object has two members of one name.");
      members.set(name, this.value());
    } while (this.next(","));
    this.expect("}");
    return members;
  }

  array() {
    const items = [];
    this.expect("[");
    if (this.next("]")) return items;
    do items.push(this.value());
    while (this.next(","));
    this.expect("]");
    return items;
  }

  string() {
    const written = this.match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    if (written === undefined) throw this.wrong();
    return JSON.parse(written);
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
    // A byte order mark is no JSON; without the option it would be passed over.
    const room = new Reader(new TextDecoder("utf-8", { ignoreBOM: true }).decode(document)).document();
    if (!(room instanceof Map)) throw refusal("not-an-object", "The document is not a JSON object.");
    const words = part(room, "building").match(WORD) ?? [];
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
