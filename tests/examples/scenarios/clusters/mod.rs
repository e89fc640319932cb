//! Clusters that fail over under a load of 64 callers: Patroni with three nodes, reached by all addresses, through HAProxy and
//! through pgpool, with asynchronous and synchronous replication. No document fails where there is a primary again within
//! `outage_max`; none is lost or doubled where replication is synchronous. What an asynchronous standby had not received is
//! lost, and counted.

mod fronts;
mod nodes;
mod programs;

use std::time::Duration;

use laneway_postgres::deploy;
use tokio::time::sleep;

use crate::Length;
use crate::outages::disturbed;
use crate::table::{Table, time};
use fronts::{Front, Operator};
use nodes::Nodes;

/// How long the load goes on before anything befalls the cluster.
const BEFORE: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    length: Length,
    /// Only rows whose text contains all of these words.
    #[arg(long)]
    only: Vec<String>,
}

/// How the nodes are reached.
#[derive(Clone, Copy)]
enum Way {
    Addresses,
    HaProxy,
    Pgpool { is_balancing: bool },
}

/// What befalls the primary.
#[derive(Clone, Copy)]
enum Event {
    SwitchOver,
    Restart,
    PromotionByHand,
    KilledPostmaster,
    KilledNode,
}

const WAYS: [(&str, Way); 4] = [
    ("all addresses", Way::Addresses),
    ("HAProxy", Way::HaProxy),
    ("pgpool", Way::Pgpool { is_balancing: false }),
    ("pgpool, balancing", Way::Pgpool { is_balancing: true }),
];
const EVENTS: [(&str, Event); 5] = [
    ("switchover", Event::SwitchOver),
    ("restart", Event::Restart),
    ("pause, promotion by hand", Event::PromotionByHand),
    ("kill -9 of the postmaster", Event::KilledPostmaster),
    ("kill -9 of the node", Event::KilledNode),
];

pub(crate) async fn run(options: Options) -> bool {
    if !programs::are_installed(&["patroni", "patronictl", "etcd", "haproxy", "pgpool", "pcp_promote_node", "pg_md5"]) {
        return false;
    }
    let operator = Operator::new();
    let mut nodes = Nodes::start(|root, node| operator.on_primary(root, node)).await;
    let mut table =
        Table::new(&["cluster", "event", "documents", "failed", "lost", "doubled", "in doubt", "waited", "store"]);
    let mut number = 0;
    for (way_name, way) in WAYS {
        for synchronous in [false, true] {
            let cluster = format!("{way_name}, {}", if synchronous { "synchronous" } else { "asynchronous" });
            let is_wanted = |event: &str| {
                let row = format!("{cluster}: {event}");
                options.only.iter().all(|word| row.contains(word.as_str()))
            };
            if !EVENTS.iter().any(|(event, _)| is_wanted(event)) {
                continue;
            }
            nodes.set_synchronous(synchronous).await;
            let front = way.front(&nodes, operator).await;
            for (name, event) in EVENTS {
                if is_wanted(name) {
                    number += 1;
                    let database = format!("scenario_{number}");
                    let labels = [cluster.clone(), name.to_owned()];
                    row(&mut table, labels, &mut nodes, front.as_ref(), &database, event, &options, synchronous).await;
                }
            }
        }
    }
    table.kept()
}

impl Way {
    async fn front(self, nodes: &Nodes, operator: Operator) -> Option<Front> {
        match self {
            Self::Addresses => None,
            Self::HaProxy => Some(fronts::haproxy(nodes).await),
            Self::Pgpool { is_balancing } => Some(fronts::pgpool(nodes, operator, is_balancing).await),
        }
    }
}

impl Event {
    fn befall(self, nodes: &mut Nodes) {
        match self {
            Self::SwitchOver => nodes.switch_over(),
            Self::Restart => nodes.restart(),
            Self::PromotionByHand => nodes.promote_by_hand(),
            Self::KilledPostmaster => nodes.kill_postmaster(),
            Self::KilledNode => nodes.kill_node(),
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "all that a row is about")]
async fn row(
    table: &mut Table,
    labels: [String; 2],
    nodes: &mut Nodes,
    front: Option<&Front>,
    database: &str,
    event: Event,
    options: &Options,
    synchronous: bool,
) {
    let own = nodes.config(database);
    let admin = nodes.config("postgres").connect().await.expect("the primary");
    admin.batch_execute(&format!("CREATE DATABASE {database}")).await.expect("a database");
    deploy(&own).await.expect("a store");
    if let Some(front) = front {
        front.until_open(database).await;
    }
    let config = front.map_or_else(|| own.clone(), |front| front.config(database));
    let befalls = async {
        sleep(BEFORE).await;
        // The load goes on meanwhile, on the other threads.
        tokio::task::block_in_place(|| event.befall(nodes));
    };
    let account = disturbed(&config, &own, options.length.duration(), befalls).await;
    let kept = account.failed() + account.doubled == 0 && (!synchronous || account.lost == 0);
    let store = if account.lost == 0 { "all there".to_owned() } else { format!("{} reported are lost", account.lost) };
    let [cluster, event] = labels;
    let cells = [
        cluster,
        event,
        account.documents.to_string(),
        account.failed().to_string(),
        account.lost.to_string(),
        account.doubled.to_string(),
        account.in_doubt().to_string(),
        time(account.waited_max),
        store,
    ];
    table.row(&cells, kept);
    nodes.mend().await;
}
