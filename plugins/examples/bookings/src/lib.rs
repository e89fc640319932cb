//! Bookings of rooms: people write a room's key as they like (`mh 2.7`, `MH-2.07`), and all of it means one room. The
//! plugin brings the key into the form of the `rooms` example before it identifies the booking and refers to the
//! room. A schema can declare that a value is referred to; it cannot declare that two ways to write it are the same.

use laneway_plugin_sdk::{Answer, Document, Manifest, Plugin, Refusal, Resource, Slot, Value};

/// The plugin.
#[derive(Debug)]
pub struct Bookings;

/// The slot of the booking's own identity part.
const OWN: u32 = 1;
/// The slot of the reference.
const ROOM: u32 = 2;
/// The key as it was written.
const WRITTEN: usize = 0;

impl Plugin for Bookings {
    fn manifest() -> Manifest {
        Manifest::new("bookings", env!("CARGO_PKG_VERSION")).resource(
            Resource::new("Campus", "campus", "Booking", "bookings", "1.0.0")
                .slot(Slot::identity("$.begin"))
                .slot(Slot::identity("$.roomReference.roomKey").computed())
                .slot(Slot::reference(0, "Campus", "Room", "$.roomKey", "$.roomReference.roomKey").computed())
                .slot(Slot::etag())
                .read("$.roomReference.roomKey"),
        )
    }

    fn extract(document: &Document<'_>, answer: &mut Answer) -> Result<(), Refusal> {
        let key = normalised(document.one(WRITTEN)?)?;
        answer.compute(OWN, key.clone());
        answer.compute(ROOM, key);
        Ok(())
    }
}

/// `BUILDING-FLOOR.NUMBER`, with the number in two digits.
fn normalised(written: &Value<'_>) -> Result<String, Refusal> {
    let text = written.text()?;
    let not_a_key = || written.refusal("not-a-room-key", "A room's key looks like MH-2.07.");
    let (building, rest) = text.trim().split_once(['-', ' ']).ok_or_else(not_a_key)?;
    let (floor, number) = rest.trim_start_matches(['-', ' ']).split_once('.').ok_or_else(not_a_key)?;
    if building.is_empty() || floor.is_empty() || number.is_empty() {
        return Err(not_a_key());
    }
    Ok(format!("{}-{floor}.{number:0>2}", building.to_uppercase()))
}

laneway_plugin_sdk::export!(Bookings);

#[cfg(test)]
mod tests {
    use laneway_plugin_sdk::testing::Host;

    use super::*;

    fn booking(key: &str) -> String {
        format!(r#"{{"begin":"2026-11-24T08:00","roomReference":{{"roomKey":"{key}"}}}}"#)
    }

    #[test]
    fn every_way_to_write_a_key_is_the_same_room() {
        let host = Host::<Bookings>::new();
        let [first, rest @ ..] = ["MH-2.07", "mh 2.7", " mh - 2.7", "Mh-2.07 "];
        let expected = host.extract("bookings", &booking(first)).unwrap();
        assert_eq!(expected.identity[1].1, "MH-2.07");
        assert_eq!(expected.references[0].identity, [("$.roomKey".to_owned(), "MH-2.07".to_owned())]);
        for written in rest {
            assert_eq!(host.extract("bookings", &booking(written)).unwrap(), expected, "{written}");
        }
    }

    #[test]
    fn a_malformed_key_is_refused() {
        for written in ["", "MH", "MH-2", "-2.7", "MH-.7", "MH-2."] {
            let refusal = Host::<Bookings>::new().extract("bookings", &booking(written)).unwrap_err();
            assert_eq!(refusal.code, "not-a-room-key", "{written}");
        }
    }
}
