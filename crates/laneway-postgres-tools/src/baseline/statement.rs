//! The baseline's statements, one per file of `queries/baseline`, with their parameters' types.

use tokio_postgres::types::Type;

/// A statement's text and the types of its parameters.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) text: &'static str,
    pub(super) types: &'static [Type],
}

macro_rules! statements {
    ($($name:ident = $file:literal ($($type:ident),*);)*) => {
        $(pub(super) static $name: Statement = Statement {
            text: include_str!(concat!("../../queries/baseline/", $file)),
            types: &[$(Type::$type),*],
        };)*

        #[cfg(test)]
        const ALL: &[(&str, &Statement)] = &[$(($file, &$name)),*];
    };
}

statements! {
    FIND = "find.sql" (INT2, UUID);
    FIND_BY_ID = "find_by_id.sql" (INT2, UUID);
    DELETE_DOCUMENT = "../scratch/delete.sql" (INT2, UUID);
    ARRAY_STUDENT_SCHOOL = "array_student_school.sql" (VARCHAR);
    ARRAY_STUDENT_RESPONSIBILITY = "array_student_responsibility.sql" (VARCHAR);
    ARRAY_CONTACT = "array_contact.sql" (VARCHAR);
    ARRAY_STAFF = "array_staff.sql" (VARCHAR);
    PREFLIGHT = "preflight.sql" (UUID_ARRAY, INT2_ARRAY);
    INSERT_DOCUMENT = "insert_document.sql" (
        INT2, UUID, VARCHAR, VARCHAR, BOOL, VARCHAR, JSONB, JSONB, JSONB, JSONB, JSONB, JSONB, VARCHAR, INT2, UUID);
    INSERT_SUPERCLASS_ALIAS = "insert_superclass_alias.sql" (INT2, UUID, INT8, INT2);
    UPDATE_DOCUMENT = "update_document.sql" (INT2, UUID, JSONB, JSONB, JSONB, JSONB, JSONB, JSONB, VARCHAR);
    REFERENCES = "references.sql" (INT8, INT2, UUID_ARRAY, INT2_ARRAY, BOOL);
    INSERT_HIERARCHY = "insert_hierarchy.sql" (VARCHAR, VARCHAR, INT8, INT8, INT8, INT2);
    UPDATE_HIERARCHY = "update_hierarchy.sql" (VARCHAR, VARCHAR, INT8, INT8);
    INSERT_STUDENT_SECURABLE = "insert_student_securable.sql" (VARCHAR, INT8, INT2);
    INSERT_CONTACT_SECURABLE = "insert_contact_securable.sql" (VARCHAR, INT8, INT2);
    INSERT_STAFF_SECURABLE = "insert_staff_securable.sql" (VARCHAR, INT8, INT2);
    UPDATE_STUDENT_SECURABLE = "update_student_securable.sql" (VARCHAR, INT8, INT2);
    UPDATE_CONTACT_SECURABLE = "update_contact_securable.sql" (VARCHAR, INT8, INT2);
    UPDATE_STAFF_SECURABLE = "update_staff_securable.sql" (VARCHAR, INT8, INT2);
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_parameter_has_a_type() {
        for (name, statement) in ALL {
            let highest = (1..=99).take_while(|n| statement.text.contains(&format!("${n}"))).last().unwrap_or(0);
            assert_eq!(highest, statement.types.len(), "{name}");
        }
    }
}
