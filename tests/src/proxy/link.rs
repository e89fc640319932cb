//! One connection through a proxy: statements one way, answers the other, each held until it is whole, so that something may
//! happen to it. Knows the protocol's order, not what is in the plan.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::timeout;

use super::fault::{Disturbance, Side};
use super::messages::{Message, Typed, with_status};
use super::plan::Plan;
use super::statements::{BEGIN, COMMIT};

/// What a connection has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    None,
    Cut,
    /// It stays open, and nothing passes.
    BlackHole,
}

/// What the server is to send next.
#[derive(Debug)]
enum Expected {
    /// One byte: whether it encrypts.
    Encryption,
    /// Messages until the session has begun.
    Session,
    /// The answer to a statement: the step of a flush, if it is one.
    Answer(Option<String>),
}

/// How far both sides are.
#[derive(Default, Debug)]
struct Conversation {
    expected: VecDeque<Expected>,
    has_begun: bool,
    /// Whether what passes cannot be read.
    is_encrypted: bool,
    /// Texts of prepared statements, by their names.
    prepared: HashMap<String, String>,
    /// Whether the transaction has read: only then COMMIT is a flush's.
    has_read: bool,
}

impl Conversation {
    /// The step of a flush that a statement is.
    fn step(&mut self, text: &str, plan: &Plan) -> Option<String> {
        let step = plan.statements.step(text)?;
        match step.as_str() {
            BEGIN => self.has_read = false,
            COMMIT if !self.has_read => return None,
            read if read.starts_with("read") => self.has_read = true,
            _ => {}
        }
        Some(step)
    }
}

/// A statement that a client is sending: messages up to the one that asks for the answer.
#[derive(Default)]
struct Statement {
    bytes: BytesMut,
    /// The text that is executed; preparing executes none.
    text: Option<String>,
    bound: Option<String>,
}

/// One connection.
struct Link {
    plan: Arc<Plan>,
    conversation: Mutex<Conversation>,
    end: watch::Sender<End>,
}

/// Passes on what goes from one to the other, until either closes or something happens.
pub(super) async fn run(client: TcpStream, server: TcpStream, plan: Arc<Plan>) {
    let link = Link { plan, conversation: Mutex::default(), end: watch::Sender::new(End::None) };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut end = link.end.subscribe();
    tokio::select! {
        // Both ends are dropped, and so closed.
        _ = end.wait_for(|end| *end == End::Cut) => {}
        _ = async { tokio::join!(link.statements(from_client, to_server), link.answers(from_server, to_client)) } => {}
    }
}

impl Link {
    async fn statements(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (mut buffer, mut statement) = (BytesMut::new(), Statement::default());
        while let Ok(1..) = from.read_buf(&mut buffer).await {
            loop {
                let (is_encrypted, typed) = {
                    let conversation = self.conversation();
                    (conversation.is_encrypted, if conversation.has_begun { Typed::Yes } else { Typed::No })
                };
                if is_encrypted {
                    self.pass(&mut to, &buffer.split()).await;
                    break;
                }
                let Some(message) = Message::take(&mut buffer, typed) else { break };
                let step = if typed == Typed::Yes {
                    self.add(&mut statement, &message)
                } else {
                    self.begin(&message);
                    statement.bytes.extend_from_slice(&message.bytes);
                    Some(None)
                };
                let Some(step) = step else { continue };
                let bytes = std::mem::take(&mut statement).bytes.freeze();
                let met = step.and_then(|step| self.plan.meet(&step, Side::Statement));
                self.disturbed(&mut to, bytes, met).await;
            }
        }
    }

    /// What a client sends before its session: the server's next words depend on it.
    fn begin(&self, message: &Message) {
        let mut conversation = self.conversation();
        if message.asks_for_encryption() {
            conversation.expected.push_back(Expected::Encryption);
        } else {
            conversation.has_begun = true;
            conversation.expected.push_back(Expected::Session);
        }
    }

    /// Adds a message to the statement; when it is to be sent, the step that it is.
    fn add(&self, statement: &mut Statement, message: &Message) -> Option<Option<String>> {
        statement.bytes.extend_from_slice(&message.bytes);
        let mut conversation = self.conversation();
        match message.kind {
            b'P' => {
                conversation.prepared.insert(message.text(0).to_owned(), message.text(1).to_owned());
                return None;
            }
            b'B' => {
                statement.bound = conversation.prepared.get(message.text(1)).cloned();
                return None;
            }
            b'E' => {
                statement.text = statement.bound.take();
                return None;
            }
            // Describe, Close.
            b'D' | b'C' => return None,
            b'Q' => statement.text = Some(message.text(0).to_owned()),
            b'S' => {}
            // The session's end, a password: not answered as a statement is.
            _ => return Some(None),
        }
        let step = statement.text.take().and_then(|text| conversation.step(&text, &self.plan));
        conversation.expected.push_back(Expected::Answer(step.clone()));
        Some(step)
    }

    async fn answers(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (mut buffer, mut answer) = (BytesMut::new(), BytesMut::new());
        while let Ok(1..) = from.read_buf(&mut buffer).await {
            while let Some(bytes) = self.next_answer(&mut buffer, &mut answer) {
                let (bytes, met) = bytes;
                self.disturbed(&mut to, bytes, met).await;
            }
        }
        // The server has closed: what it sent before is for the client.
        answer.extend_from_slice(&buffer);
        self.pass(&mut to, &answer).await;
    }

    /// The next bytes that may pass, and what happens to them.
    fn next_answer(&self, buffer: &mut BytesMut, answer: &mut BytesMut) -> Option<(Bytes, Option<Disturbance>)> {
        loop {
            let mut conversation = self.conversation();
            if conversation.is_encrypted {
                return (!buffer.is_empty()).then(|| (buffer.split().freeze(), None));
            }
            if let Some(Expected::Encryption) = conversation.expected.front() {
                let byte = (!buffer.is_empty()).then(|| buffer.split_to(1).freeze())?;
                conversation.expected.pop_front();
                conversation.is_encrypted = matches!(byte[0], b'S' | b'G');
                return Some((byte, None));
            }
            let message = Message::take(buffer, Typed::Yes)?;
            let is_last = message.kind == b'Z';
            match conversation.expected.front() {
                Some(Expected::Answer(_)) => answer.extend_from_slice(&message.bytes),
                _ => {
                    if is_last {
                        conversation.expected.pop_front();
                    }
                    return Some((message.bytes, None));
                }
            }
            if is_last {
                let Some(Expected::Answer(step)) = conversation.expected.pop_front() else { continue };
                drop(conversation);
                let met = step.and_then(|step| self.plan.meet(&step, Side::Answer));
                return Some((answer.split().freeze(), met));
            }
        }
    }

    async fn disturbed(&self, to: &mut OwnedWriteHalf, bytes: Bytes, met: Option<Disturbance>) {
        match met {
            None => self.pass(to, &bytes).await,
            Some(Disturbance::Cut) => self.ends(End::Cut).await,
            Some(Disturbance::Half) => {
                self.pass(to, &bytes[..bytes.len() / 2]).await;
                self.ends(End::Cut).await;
            }
            Some(Disturbance::BlackHole) => self.ends(End::BlackHole).await,
            Some(Disturbance::Delay(by)) => {
                // The time is the fault itself: there is no signal to wait for.
                let _ = timeout(by, pending::<()>()).await;
                self.pass(to, &bytes).await;
            }
            Some(Disturbance::Status(status)) => self.pass(to, &with_status(&bytes, status)).await,
        }
    }

    async fn ends(&self, end: End) {
        self.end.send_replace(end);
        pending().await
    }

    /// Passes bytes on as soon as anything passes.
    async fn pass(&self, to: &mut OwnedWriteHalf, bytes: &[u8]) {
        let (mut end, mut silent) = (self.end.subscribe(), self.plan.silent.subscribe());
        // Neither sender is dropped before the link is.
        let _ = end.wait_for(|end| *end == End::None).await;
        let _ = silent.wait_for(|silent| !*silent).await;
        // An end that is closed is noticed by reading from it.
        let _ = to.write_all(bytes).await;
    }

    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
