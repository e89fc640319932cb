#!/usr/bin/env bash
# deadpool 0.13.1.
#
# A pool of eight has opened one connection, which is in use, and the database refuses a second one (a role with CONNECTION LIMIT,
# a full server). Resizing the pool to one should make the next caller wait for the one that is open. It does not: the
# pool drops permits only while it has more objects than the new size, so that with one object the seven unused permits
# stay, and callers go on opening objects beyond `max_size`.
#
# Output seen:
#   max_size 1, size 1
#   a second object: opened, without waiting
#   max_size 1, size 2
#
# What to do: bound the callers beside the pool, with a semaphore of one's own whose permits are forgotten when the server refuses.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src" && cd "$folder"
cat >Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[workspace]

[dependencies]
deadpool = { version = "=0.13.1", default-features = false, features = ["managed", "rt_tokio_1"] }
tokio = { version = "=1.54.1", features = ["macros", "rt", "time"] }
END
cat >src/main.rs <<'END'
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleResult};

struct Manager;

impl managed::Manager for Manager {
    type Type = ();
    type Error = std::convert::Infallible;

    async fn create(&self) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn recycle(&self, _: &mut (), _: &Metrics) -> RecycleResult<Self::Error> {
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool: managed::Pool<Manager> = managed::Pool::builder(Manager).max_size(8).build().unwrap();
    let _first = pool.get().await.unwrap();
    pool.resize(1);
    let status = || format!("max_size {}, size {}", pool.status().max_size, pool.status().size);
    println!("{}", status());
    let second = tokio::time::timeout(Duration::from_secs(1), pool.get()).await;
    println!("a second object: {}", if second.is_ok() { "opened, without waiting" } else { "waited for" });
    println!("{}", status());
}
END
seen=$(CARGO_TARGET_DIR="$folder/target" cargo run --quiet)
printf '%s\n' "$seen"
[ "$seen" = 'max_size 1, size 1
a second object: opened, without waiting
max_size 1, size 2' ] || { echo 'the behaviour has changed' >&2; exit 1; }
