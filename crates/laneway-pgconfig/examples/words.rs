//! Prints the tables of connection words for `docs/connection.md`.

fn main() {
    print!("{}", laneway_pgconfig::words_as_markdown());
}
