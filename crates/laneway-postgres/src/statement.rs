//! The flush's prepared statements, one per file of `queries/flush`.

use futures_util::future::try_join_all;
use tokio_postgres::{Client, Error, Statement};

macro_rules! statements {
    ($($name:ident),* $(,)?) => {
        /// The statements of one connection.
        pub(crate) struct Statements {
            $(pub(crate) $name: Statement,)*
        }

        impl Statements {
            /// Prepares all of them, in one round trip.
            pub(crate) async fn prepare(client: &Client) -> Result<Self, Error> {
                let all = [$(include_str!(concat!("../queries/flush/", stringify!($name), ".sql")),)*];
                let mut prepared = try_join_all(all.map(|text| client.prepare(text))).await?.into_iter();
                // As many as the names: the same list made both.
                Ok(Self { $($name: prepared.next().expect("one statement a name"),)* })
            }
        }
    };
}

statements!(
    lock_hierarchy_shared,
    lock_hierarchy_exclusive,
    lock_students,
    lock_staff,
    lock_contacts,
    lock_documents,
    read,
    insert_hierarchy,
    update_hierarchy,
    insert_documents,
    update_documents,
    insert_aliases,
    insert_references,
    delete_references,
    add_references,
    insert_student_securable,
    insert_staff_securable,
    insert_contact_securable,
    update_student_securable,
    update_staff_securable,
    update_contact_securable,
    refresh_students,
    refresh_contacts,
    refresh_staff,
);
