//! Rooms: identified by a key that no document holds. `{"building": "Main Hall", "floor": 2, "number": "7"}` is
//! the room `MH-2.07`: the building's initials, the floor, the number in two digits. A schema can name paths; it
//! cannot put values together.

use laneway_plugin_sdk::{Answer, Document, Manifest, Plugin, Refusal, Resource, Slot};

/// The plugin.
#[derive(Debug)]
pub struct Rooms;

/// The slot of the key.
const KEY: u32 = 0;
/// What the key is made of.
const BUILDING: usize = 0;
const FLOOR: usize = 1;
const NUMBER: usize = 2;

impl Plugin for Rooms {
    fn manifest() -> Manifest {
        Manifest::new("rooms", env!("CARGO_PKG_VERSION")).resource(
            Resource::new("Campus", "campus", "Room", "rooms", "1.0.0")
                .slot(Slot::identity("$.roomKey").computed())
                .slot(Slot::reference(0, "Ed-Fi", "School", "$.schoolId", "$.schoolReference.schoolId"))
                .slot(Slot::education_organization("SchoolId", "$.schoolReference.schoolId"))
                .slot(Slot::etag())
                .read("$.building")
                .read("$.floor")
                .read("$.number"),
        )
    }

    fn extract(document: &Document<'_>, answer: &mut Answer) -> Result<(), Refusal> {
        let building = document.one(BUILDING)?;
        let initials: String = building.text()?.split_whitespace().filter_map(|word| word.chars().next()).collect();
        if initials.is_empty() {
            return Err(building.refusal("room-without-building", "A room's building has a name."));
        }
        let (floor, number) = (document.one(FLOOR)?.text()?, document.one(NUMBER)?.text()?);
        answer.compute(KEY, format!("{}-{floor}.{number:0>2}", initials.to_uppercase()));
        Ok(())
    }
}

laneway_plugin_sdk::export!(Rooms);

#[cfg(test)]
mod tests {
    use laneway_plugin_sdk::testing::Host;

    use super::*;

    fn key(document: &str) -> Result<String, Refusal> {
        let mut extracted = Host::<Rooms>::new().extract("rooms", document)?;
        Ok(extracted.identity.remove(0).1)
    }

    #[test]
    fn the_key_is_put_together() {
        let key = |document| key(document).unwrap();
        assert_eq!(key(r#"{"building":"Main Hall","floor":2,"number":"7"}"#), "MH-2.07");
        assert_eq!(key(r#"{"number":112,"floor":0,"building":" \u00e9cole "}"#), "É-0.112");
    }

    #[test]
    fn a_room_refers_to_its_school() {
        let document = r#"{"building":"A","floor":1,"number":1,"schoolReference":{"schoolId":255901001}}"#;
        let extracted = Host::<Rooms>::new().extract("rooms", document).unwrap();
        assert_eq!(extracted.references[0].resource, "School");
        assert_eq!(extracted.references[0].identity, [("$.schoolId".to_owned(), "255901001".to_owned())]);
    }

    #[test]
    fn a_key_that_lacks_a_part_is_refused() {
        let code = |document| key(document).unwrap_err().code;
        assert_eq!(code(r#"{"building":"A","floor":1}"#), "identity-missing");
        assert_eq!(code(r#"{"building":" ","floor":1,"number":1}"#), "room-without-building");
        assert_eq!(code(r#"{"building":null,"floor":1,"number":1}"#), "not-a-scalar");
        assert_eq!(code(r#"{"building":"A","floor":1,"number":1,"floor":2}"#), "duplicate-property");
    }
}
