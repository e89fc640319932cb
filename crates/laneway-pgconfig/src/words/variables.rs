//! Variables of libpq's environment that stand for no word of a connection string, as of PostgreSQL 18.
//! <https://www.postgresql.org/docs/18/libpq-envars.html>

use super::word::Treatment::{Honoured, NoConcern};
use super::word::Word;

pub(crate) const VARIABLES: &[Word] = &[
    Word::new("PGREQUIRESSL", Honoured("1: as sslmode=require, where that is not set")),
    Word::new(
        "PGSYSCONFDIR",
        Honoured("the folder of the system's pg_service.conf; by default /etc/postgresql-common"),
    ),
    Word::new("PGTZ", NoConcern("what is written is UTC in any zone")),
    Word::new("PGDATESTYLE", NoConcern("dates are not sent as text")),
    Word::new("PGGEQO", NoConcern("statements find their rows by key, without a search for plans")),
    Word::new("PGLOCALEDIR", NoConcern("where libpq's own messages are translated")),
];
