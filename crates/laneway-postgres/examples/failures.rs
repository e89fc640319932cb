//! Prints the tables of failures for `docs/failures.md`.

fn main() {
    print!("{}", laneway_postgres::sqlstate::as_markdown());
}
