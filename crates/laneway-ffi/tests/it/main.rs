//! The C ABI from outside: what is generated from it, what programs built against it see, what it exports.

mod assertions;
mod c_programs;
mod csharp;
mod generated;
mod header;
mod need;
mod symbols;
