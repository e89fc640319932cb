//! ReferentialId: the name of an identity, known without the database.

use sha1::{Digest, Sha1};
use uuid::Uuid;

use crate::PartitionKey;

/// UUID version 5 of a resource's name and identity: the key of the `Alias` table.
///
/// RFC 9562 §5.5 with the namespace that the DMS uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReferentialId(pub Uuid);

impl ReferentialId {
    /// The DMS's namespace for ReferentialIds.
    pub const NAMESPACE: Uuid = Uuid::from_u128(0xedf1_edf1_3df1_3df1_3df1_3df1_edf1_edf1);

    /// Starts the ReferentialId of an identity of `resource_name` in `project_name`.
    #[must_use]
    pub fn builder(project_name: &str, resource_name: &str) -> ReferentialIdBuilder {
        let mut hash = Sha1::new();
        hash.update(Self::NAMESPACE.as_bytes());
        hash.update(project_name);
        hash.update(resource_name);
        ReferentialIdBuilder { hash, first: true }
    }

    /// The ReferentialId of the identity with these (path, value) elements, in their order.
    pub fn of<'a>(
        project_name: &str,
        resource_name: &str,
        elements: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut builder = Self::builder(project_name, resource_name);
        for (path, value) in elements {
            builder.element(path, value);
        }
        builder.finish()
    }

    /// The partition that the identity's aliases live in.
    #[must_use]
    pub fn partition(&self) -> PartitionKey {
        PartitionKey::of(&self.0)
    }
}

impl std::fmt::Display for ReferentialId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A ReferentialId in the making. Clone it to share the part that a resource's identities have in common.
#[derive(Clone)]
pub struct ReferentialIdBuilder {
    hash: Sha1,
    first: bool,
}

impl std::fmt::Debug for ReferentialIdBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReferentialIdBuilder").finish_non_exhaustive()
    }
}

impl ReferentialIdBuilder {
    /// Adds one identity element: `$<path>=$<value>`, the dollar signs literal, joined to the one before by `#`.
    pub fn element(&mut self, path: &str, value: &str) {
        self.hash.update(if self.first { "$" } else { "#$" });
        self.first = false;
        self.hash.update(path);
        self.hash.update("=$");
        self.hash.update(value);
    }

    /// The finished id.
    #[must_use]
    pub fn finish(self) -> ReferentialId {
        let digest = self.hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        ReferentialId(uuid::Builder::from_sha1_bytes(bytes).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_uuid_v5_of_the_written_name() {
        let id = ReferentialId::of("Ed-Fi", "School", [("$.schoolId", "123")]);
        let name = b"Ed-FiSchool$$.schoolId=$123";
        assert_eq!(id.0, Uuid::new_v5(&ReferentialId::NAMESPACE, name));
    }

    #[test]
    fn joins_elements_with_a_hash_sign() {
        let id = ReferentialId::of("P", "R", [("$.a", "1"), ("$.b", "2")]);
        assert_eq!(id.0, Uuid::new_v5(&ReferentialId::NAMESPACE, b"PR$$.a=$1#$$.b=$2"));
    }
}
