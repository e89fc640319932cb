//! One accepted operation in its caller's hands.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use laneway_model::Outcome;
use tokio::sync::{mpsc, oneshot};

use super::command::Command;
use super::completion::{Completion, IdCell};

/// The result of a cancellation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cancelled {
    /// It was taken back before it was written; it completes as `cancelled`.
    Removed,
    /// It is being written or has settled: its completion has the outcome.
    TooLate,
}

/// One accepted operation: await it for its completion. Dropping it takes nothing back.
#[must_use = "an accepted operation completes; its ticket has the outcome"]
#[derive(Debug)]
pub struct Ticket {
    pub(super) result: oneshot::Receiver<Completion>,
    pub(super) id: Arc<IdCell>,
    pub(super) commands: mpsc::UnboundedSender<Command>,
}

impl Ticket {
    /// Takes the operation back if it is not being written yet. Whatever the answer, the completion comes.
    pub async fn cancel(&self) -> Cancelled {
        let (reply, answer) = oneshot::channel();
        // Behind the operation itself in the same channel: its id is known by then.
        let sent = self.commands.send(Command::Cancel { id: Arc::clone(&self.id), reply });
        match sent {
            Ok(()) if answer.await.unwrap_or(false) => Cancelled::Removed,
            _ => Cancelled::TooLate,
        }
    }
}

impl Future for Ticket {
    type Output = Completion;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Completion> {
        let result = Pin::new(&mut self.result).poll(context);
        result.map(|result| result.unwrap_or_else(|_| Completion::unwritten(self.id.get(), Outcome::Closed)))
    }
}
