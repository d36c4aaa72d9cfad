//! Settling what interrupted deployers left.
//!
//! In: a directory of deployments. Out: each of them deployed or gone. Doing it twice is doing it
//! once. A deployment whose program may not be attached yet is attached now, one that was being
//! taken away is taken away: so every interruption ends as what was there before, or as what was
//! asked for.

use super::group::{alive_cookies, socket_of_group};
use super::undeploy;
use crate::attach::{self, At};
use crate::error::LoadError;
use crate::pins::PinRoot;
use crate::pins::stored::Stored;
use std::os::fd::AsFd;
use std::path::Path;

/// Settles every interrupted deployment below a directory; says how many there were.
///
/// # Errors
/// The first that cannot be settled, such as one whose sockets are in a process that this user may
/// not look into; the others are settled all the same.
pub fn recover(pin_root: &Path) -> Result<usize, LoadError> {
    // Taking the lock sweeps what was under construction, which was never attached.
    let root = PinRoot::lock(pin_root)?;
    let (mut settled, mut failed) = (0, None);
    let mut leaving = Vec::new();
    for id in root.ids()? {
        match root.stored(&id) {
            // At a device a program runs from when it is linked, so what was not finished goes.
            Ok(Some(stored))
                if stored.interrupted
                    && (stored.leaving || stored.record.at.parse::<At>().is_err()) =>
            {
                leaving.push(id);
            }
            Ok(Some(stored)) if stored.interrupted => match forward(&root, &stored) {
                Ok(()) => settled += 1,
                Err(error) => failed = Some(error),
            },
            Ok(Some(_) | None) => {}
            Err(error) => failed = Some(error),
        }
    }
    root.release_unused()?;
    drop(root);
    for id in leaving {
        match undeploy(pin_root, &id) {
            Ok(_) => settled += 1,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(settled), Err)
}

/// Attaches what was put in place, or removes it if nobody is left to attach to.
fn forward(root: &PinRoot, stored: &Stored) -> Result<(), LoadError> {
    let at: At = stored.record.at.parse()?;
    if alive_cookies(stored)?.is_empty() {
        return root.remove(stored);
    }
    let Some(socket) = socket_of_group(stored, &[])? else { return root.remove(stored) };
    attach::attach(at, socket.as_fd(), stored.program()?.as_fd())?;
    root.mark_done(stored)
}
