//! Faults for decide and order, each a piece of source and what stands in its place. Knows nothing of how they are tried.

use super::mutation::{Mutation, mutation};

/// All of them.
pub(super) const MUTATIONS: [Mutation; 24] = [
    mutation(
        "no _etag equals no _etag",
        "decide/mod.rs",
        "shortcut && etag.is_some() && etag == stored.etag.as_deref()",
        "shortcut && etag == stored.etag.as_deref()",
    ),
    mutation(
        "what depends on the order of rows is not isolated",
        "decide/mod.rs",
        "unclear || (sensitive && before_writing(member, world).is_ok())",
        "unclear",
    ),
    mutation(
        "a refused member of a cycle still counts as present",
        "decide/mod.rs",
        "!failed.contains_key(at)",
        "true",
    ),
    mutation(
        "in a cycle, what conflicts does so before it misses what another does not bring",
        "decide/mod.rs",
        "if before.is_empty() { writing } else { before }",
        "writing.into_iter().chain(before).collect()",
    ),
    mutation(
        "what the rules refuse in a cycle is refused with what the database refuses",
        "executor/mod.rs",
        "kind == StoreErrorKind::Document && segment.members.len() > 1 && segment.refusal.is_none()",
        "false",
    ),
    mutation(
        "a moved association is not isolated",
        "decide/isolated.rs",
        "with_organization(member).is_some_and(|association| stored.association.as_ref() != Some(association))",
        "false",
    ),
    mutation(
        "a document that changes its person is not isolated",
        "decide/isolated.rs",
        "stored.securable.get(&kind).map(String::as_str) != member.first_person(kind)",
        "false",
    ),
    mutation(
        "a contact's strategies do not see a student's association before them",
        "decide/isolated.rs",
        "(has_contact && kind == PersonKind::Student)",
        "false",
    ),
    mutation(
        "a staff association does not decide about itself",
        "decide/rows.rs",
        "last >= position",
        "last > position",
    ),
    mutation("a reference that stands twice is written twice", "decide/rows.rs", "ids.dedup();", ""),
    mutation(
        "a document may refer to itself",
        "decide/world.rs",
        "self.aliases.satisfies(referrer, id)",
        "self.aliases.get(id)",
    ),
    mutation(
        "an organization of the batch has no ancestors",
        "decide/world.rs",
        "ancestors.extend(above.into_iter().flat_map(|o| &o.ancestors));",
        "",
    ),
    mutation(
        "in a cycle, a move does not see where those before it went",
        "decide/world.rs",
        "self.move_organization(of, parent.is_some());",
        "",
    ),
    mutation(
        "in a cycle, new organizations come before all that move",
        "changes.rs",
        "rest.split_at(update.behind - written)",
        "rest.split_at(rest.len() * usize::from(written == 0))",
    ),
    mutation("a new organization gets no parent", "decide/hierarchy.rs", "Ok(Some(parent.row))", "Ok(None)"),
    mutation(
        "upserts of one identity do not keep their order",
        "order/mod.rs",
        "earlier.chain(referenced.filter_map(|id| last_of(id, operations.len()))).collect()",
        "referenced.filter_map(|id| last_of(id, operations.len())).collect()",
    ),
    mutation(
        "an operation stands behind what it refers to only where that was accepted first",
        "order/mod.rs",
        "last_of(id, operations.len())",
        "last_of(id, position)",
    ),
    mutation("a document that refers to itself makes a cycle", "order/mod.rs", "!own.contains(id)", "true"),
    mutation(
        "what repeats an identity of a cycle is not put behind it",
        "order/mod.rs",
        "repeats_last(operations, unit);",
        "",
    ),
    mutation(
        "what has waited for others is not in order of acceptance",
        "order/graph.rs",
        "ready.push(Reverse((units[next][0], next)));",
        "ready.push(Reverse((usize::MAX - units[next][0], next)));",
    ),
    mutation(
        "what repeats the identities of a cycle makes one of its own",
        "order/isolation.rs",
        "repeats.chunks(1)",
        "repeats.chunks(repeats.len().max(1))",
    ),
    mutation(
        "an isolated operation shares with what follows",
        "order/isolation.rs",
        "self.is_closed = isolated;",
        "self.is_closed = false;",
    ),
    mutation(
        "a run is about several persons",
        "order/isolation.rs",
        "run.is_none() || *run != burden.run",
        "run.is_none()",
    ),
    mutation(
        "associations on numbers that jsonb writes otherwise are not isolated",
        "planned_operation.rs",
        "otherwise || is_suspicious(&accepted.operation)",
        "is_suspicious(&accepted.operation)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mutation_has_its_place() {
        super::super::mutation::check_places(&MUTATIONS);
    }
}
