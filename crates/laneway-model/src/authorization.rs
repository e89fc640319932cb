//! Authorization as data: what a caller may do, handed over with the operation.

/// How a strategy combines with the others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub enum Operator {
    /// One of these strategies must allow.
    Or,
    /// Each of these strategies must allow.
    And,
}

/// One authorization strategy with the caller's claims.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Strategy {
    /// The strategy's name, such as `RelationshipsWithEdOrgsOnly`.
    #[serde(rename = "strategy")]
    pub name: String,
    /// How it combines with the others.
    pub operator: Operator,
    /// The caller's claims: education organization ids or namespace prefixes, as text.
    #[serde(default)]
    pub filters: Vec<String>,
}

impl Strategy {
    /// The memory that it occupies.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let filters = self.filters.iter().map(|filter| size_of::<String>() + filter.len());
        size_of::<Self>() + self.name.len() + filters.sum::<usize>()
    }
}
