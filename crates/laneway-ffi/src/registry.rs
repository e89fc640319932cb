//! All that handles name. The one thing here that belongs to the process: a number must mean the same everywhere.

use std::sync::LazyLock;

use crate::handles::Handles;
use crate::plugins::Held;
use crate::runtime::Runtime;
use crate::store::Store;

pub(crate) static RUNTIMES: LazyLock<Handles<Runtime>> = LazyLock::new(|| Handles::new(1));
pub(crate) static STORES: LazyLock<Handles<Store>> = LazyLock::new(|| Handles::new(2));
pub(crate) static PLUGINS: LazyLock<Handles<Held>> = LazyLock::new(|| Handles::new(3));
