//! Addresses of people and organizations.

use super::{Draws, one};
use crate::date::{YEAR_2000, date};
use crate::json::Object;
use crate::kind::Kind;
use crate::words;

/// One to `most` addresses.
pub(super) fn addresses(most: u64, draws: &mut Draws) -> Vec<Object> {
    let mut addresses = draws.descriptors(Kind::AddressKind, "addressKindDescriptor", 1, most);
    for address in &mut addresses {
        let random = &mut draws.loose;
        address.text("streetNumberName", format!("{} {}", random.between(1, 999), random.pick(words::STREETS)));
        address.text("city", random.pick(words::CITIES)).text("postalCode", format!("{:05}", random.below(100_000)));
        if random.chance(30) {
            address.objects("periods", [one("beginDate", date(YEAR_2000 + 6_000 + random.below(2_000)))]);
        }
    }
    addresses
}
