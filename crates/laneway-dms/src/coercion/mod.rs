//! Coercion: what the DMS does to a body before it extracts anything from it. Texts that stand for dates, date-times,
//! booleans or numbers, under paths that the schema names, are brought into the one form that is stored; every other
//! byte of the body stays as it is. What cannot be read stays as well. Knows paths; not where they come from.

mod calendar;
mod kinds;
mod number;
mod walk;

use walk::Tree;

pub use kinds::{CoercedKind, CoercedKinds, CoercionExtent};

/// The texts of one resource type that are coerced.
#[derive(Clone, Default, Debug)]
pub struct Coercion {
    tree: Tree,
}

impl Coercion {
    /// Also coerces the texts under `path`, which is `$` with `.name` and `[*]` behind it.
    ///
    /// # Errors
    /// When it is no such path.
    pub fn add(&mut self, kind: CoercedKind, path: &str) -> Result<(), String> {
        self.tree.add(path, kind)
    }

    /// Whether it names no path.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// `body` with its texts coerced; `None` when nothing changes, or when it is not JSON, which its extraction
    /// reports.
    #[must_use]
    pub fn apply(&self, body: &str, extent: CoercionExtent) -> Option<Vec<u8>> {
        if extent == CoercionExtent::Nothing || self.is_empty() {
            return None;
        }
        let edits = self.tree.edits(body, extent).ok().filter(|edits| !edits.is_empty())?;
        let mut coerced = Vec::with_capacity(body.len());
        let mut at = 0;
        for (span, value) in edits {
            coerced.extend_from_slice(&body.as_bytes()[at..span.start]);
            coerced.extend_from_slice(value.as_bytes());
            at = span.end;
        }
        coerced.extend_from_slice(&body.as_bytes()[at..]);
        Some(coerced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coercion() -> Coercion {
        let mut coercion = Coercion::default();
        for (kind, path) in [
            (CoercedKind::Date, "$.beginDate"),
            (CoercedKind::Date, "$.list[*].day"),
            (CoercedKind::DateTime, "$.at"),
            (CoercedKind::Boolean, "$.list[*].flag"),
            (CoercedKind::Number, "$.schoolReference.schoolId"),
            (CoercedKind::Number, "$.list[*].grid[*][*]"),
        ] {
            coercion.add(kind, path).unwrap();
        }
        coercion
    }

    #[track_caller]
    fn check(body: &str, extent: CoercionExtent, expected: Option<&str>) {
        let coerced = coercion().apply(body, extent).map(|body| String::from_utf8(body).unwrap());
        assert_eq!(coerced.as_deref(), expected, "{body}");
    }

    #[test]
    fn texts_under_the_paths_change_and_every_other_byte_stays() {
        check(
            r#" {"beginDate" : "02/09/2018", "x":"02/09/2018","at":"2/9/2018 10:30", "schoolReference":{"schoolId":" 3 ","day":"1/2/2018"}} "#,
            CoercionExtent::All,
            Some(
                r#" {"beginDate" : "2018-02-09", "x":"02/09/2018","at":"2018-02-09T10:30:00Z", "schoolReference":{"schoolId":3,"day":"1/2/2018"}} "#,
            ),
        );
        check(
            r#"{"list":[{"day":"1/2/2018","flag":"True","grid":[["1","2.50"],["x"]]},{"flag":" false "},7]}"#,
            CoercionExtent::All,
            Some(r#"{"list":[{"day":"2018-01-02","flag":true,"grid":[[1,2.5],["x"]]},{"flag":false},7]}"#),
        );
    }

    #[test]
    fn a_star_walks_the_members_of_an_object_too() {
        check(r#"{"list":{"a":{"flag":"true"}}}"#, CoercionExtent::All, Some(r#"{"list":{"a":{"flag":true}}}"#));
    }

    #[test]
    fn names_are_compared_without_their_escapes() {
        check(r#"{"\u0062eginDate":"2\/9\/2018"}"#, CoercionExtent::All, Some(r#"{"\u0062eginDate":"2018-02-09"}"#));
    }

    #[test]
    fn what_stands_behind_a_date_stays_and_is_written_as_json() {
        check(
            r#"{"beginDate":"2/9/2018 \"x\\\u0001\""}"#,
            CoercionExtent::All,
            Some(r#"{"beginDate":"2018-02-09 \"x\\\u0001\""}"#),
        );
    }

    #[test]
    fn dates_alone_are_coerced_where_the_host_wants_it_so() {
        let body = r#"{"beginDate":"02/09/2018","schoolReference":{"schoolId":"3"}}"#;
        check(body, CoercionExtent::Dates, Some(r#"{"beginDate":"2018-02-09","schoolReference":{"schoolId":"3"}}"#));
        check(body, CoercionExtent::Nothing, None);
    }

    #[test]
    fn a_body_in_its_form_already_is_not_copied() {
        check(
            r#"{"beginDate":"2018-02-09","at":"2018-02-09T10:30:00Z","schoolReference":{"schoolId":3}}"#,
            CoercionExtent::All,
            None,
        );
        check(r#"{"beginDate":5,"at":null,"schoolReference":["3"]}"#, CoercionExtent::All, None);
    }

    #[test]
    fn what_is_no_json_is_left_to_its_extraction() {
        check(r#"{"beginDate":"02/09/2018","#, CoercionExtent::All, None);
        check(r#"{"beginDate":"02/09/2018\ud800"}"#, CoercionExtent::All, None);
        check("", CoercionExtent::All, None);
    }

    #[test]
    fn a_path_of_two_kinds_is_coerced_by_both_in_the_order_of_the_dms() {
        let kinds = CoercedKinds::default().with(CoercedKind::Date).with(CoercedKind::Number);
        assert_eq!(kinds.coerced("2/9/2018").as_deref(), Some("\"2018-02-09\""));
        assert_eq!(kinds.coerced("7").as_deref(), Some("7"));
        assert_eq!(kinds.coerced("x"), None);
    }

    #[test]
    fn other_paths_are_refused() {
        for path in ["", "$", "a", "$.", "$.a[0]", "$a"] {
            assert!(Coercion::default().add(CoercedKind::Date, path).is_err(), "{path:?}");
        }
    }
}
