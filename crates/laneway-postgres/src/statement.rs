//! The flush's prepared statements, one per file of `queries/flush`; those on which releases differ are in a folder of each.

use futures_util::future::try_join_all;
use tokio_postgres::{Client, Error, Statement};

use crate::isolation::Isolation;
use crate::layout::Release;

/// What `read.sql` and `read_new.sql` identify the server's timeline by.
pub(crate) const TIMELINE: &str = "left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// Whether the role may ask for the server's position in the WAL: managed servers withhold it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WalPosition {
    Known,
    Withheld,
}

impl WalPosition {
    /// Of the server that `client` is connected to.
    pub(crate) async fn of(client: &Client) -> Self {
        // Whatever keeps it from being read (42501, 55000): what rests on it can be done without.
        let read = client.query_one(&format!("SELECT {TIMELINE}"), &[]).await;
        if read.is_ok() { Self::Known } else { Self::Withheld }
    }

    /// The statement without what is withheld. Its text: rights are checked even in an arm that is never reached.
    fn adapt(self, text: &str) -> String {
        match self {
            Self::Known => text.to_owned(),
            Self::Withheld => text.replace(TIMELINE, "NULL::text"),
        }
    }
}

macro_rules! statements {
    ($($name:ident),* $(,)?; of each release: $($own:ident),* $(,)?) => {
        /// The statements of one connection.
        pub(crate) struct Statements {
            $(pub(crate) $name: Statement,)*
            $(pub(crate) $own: Statement,)*
            /// For whose tables they are.
            pub(crate) release: Release,
        }

        impl Statements {
            /// Prepares all of them, in one round trip.
            pub(crate) async fn prepare(
                client: &Client,
                wal: WalPosition,
                release: Release,
                isolation: Isolation,
            ) -> Result<Self, Error> {
                let all = [$(include_str!(concat!("../queries/flush/", stringify!($name), ".sql")),)*];
                let own = match release {
                    Release::V0_6 => [$(include_str!(concat!("../queries/flush/dms-0.6/", stringify!($own), ".sql")),)*],
                    Release::V0_7 => [$(include_str!(concat!("../queries/flush/dms-0.7/", stringify!($own), ".sql")),)*],
                };
                let prepare = |text| async move { client.prepare(&isolation.adapt(&wal.adapt(text))).await };
                let mut prepared = try_join_all(all.into_iter().chain(own).map(prepare)).await?.into_iter();
                // As many as the names: the same lists made both.
                Ok(Self {
                    $($name: prepared.next().expect("one statement a name"),)*
                    $($own: prepared.next().expect("one statement a name"),)*
                    release,
                })
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
    lock_named,
    lock_references,
    table_locked,
    read,
    read_new,
    read_students,
    read_staff,
    read_contacts,
    read_organizations,
    read_uuids,
    insert_hierarchy,
    update_hierarchy,
    insert_documents,
    update_documents,
    insert_aliases,
    insert_student_securable,
    insert_staff_securable,
    insert_contact_securable,
    update_student_securable,
    update_staff_securable,
    update_contact_securable,
    refresh_students,
    refresh_contacts,
    refresh_staff;
    of each release: insert_references, delete_references, add_references,
);
