//! What a plain DELETE of a document comes to. Sends none.

use laneway_postgres::sqlstate::is_foreign_key_violation;
use tokio_postgres::Error;

/// The result of a plain DELETE of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deletion {
    /// It is gone, or was not there.
    Gone,
    /// Another document refers to it.
    Referenced,
    /// The database refused for another reason.
    Failed {
        /// The database's code.
        sqlstate: String,
        /// Its message.
        message: String,
    },
}

impl Deletion {
    /// What the statement's result means.
    ///
    /// # Errors
    /// When the connection is gone.
    pub(crate) fn of<T>(result: Result<T, Error>) -> Result<Self, Error> {
        match result {
            Ok(_) => Ok(Self::Gone),
            Err(error) if is_foreign_key_violation(&error) => Ok(Self::Referenced),
            Err(error) => match error.as_db_error() {
                Some(error) => {
                    let (sqlstate, message) = (error.code().code().to_owned(), error.message().to_owned());
                    Ok(Self::Failed { sqlstate, message })
                }
                None => Err(error),
            },
        }
    }
}
