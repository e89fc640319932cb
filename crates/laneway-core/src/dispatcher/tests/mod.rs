//! The dispatcher as a whole: scenes made by hand, and worlds made from a seed, both judged by one referee.

mod check;
mod referee;
mod scenes;
mod stage;
mod worlds;
