//! What quickstart itself reads from the configuration: logs, start and shutdown.

use runtime::config::{Admin, Base, Config, Reader};
use std::net::{Ipv4Addr, SocketAddr};

/// Quickstart's own sections; producer, consumer and stub read theirs.
#[derive(Clone, Debug)]
pub(crate) struct QuickstartConfig {
    pub(crate) base: Base,
}

impl Config for QuickstartConfig {
    const BINARY: &'static str = "quickstart";

    fn read(reader: &mut Reader) -> Self {
        Self {
            base: Base::read(reader),
        }
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn admin(&self) -> Option<&Admin> {
        None
    }

    fn listen(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
    }
}
