//! The partition key of the store's three partitioned tables.

use uuid::Uuid;

/// Which of the 16 partitions a UUID's rows live in: its last byte modulo 16.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartitionKey(u8);

impl PartitionKey {
    /// How many partitions a store has.
    pub const COUNT: usize = 16;

    /// The partition of `uuid`.
    #[must_use]
    pub fn of(uuid: &Uuid) -> Self {
        Self(uuid.as_bytes()[15] % 16)
    }

    /// The key as it stands in a `smallint` column.
    #[must_use]
    pub fn get(self) -> i16 {
        i16::from(self.0)
    }

    /// The key as an index into something with [`PartitionKey::COUNT`] elements.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
