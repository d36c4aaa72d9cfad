//! What each user may ask for: connections at once, requests and deployments over time.
//!
//! In: a user and the time. Out: yes, or one sentence. Programs, maps and memory are counted by
//! the loader, from what is pinned.

use std::collections::BTreeMap;
use std::time::Instant;
use syrup_wire::limits::{
    CONNECTIONS_MAX, CONNECTIONS_PER_USER_MAX, DEPLOYS_BURST_MAX, DEPLOYS_PER_SECOND,
    REQUESTS_BURST_MAX,
};
use syrup_wire::protocol::{FailureKind, Reply};

/// Tokens that come back with time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(most: u32, now: Instant) -> Bucket {
        Bucket { tokens: f64::from(most), at: now }
    }

    fn take(&mut self, most: u32, per_second: f64, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * per_second).min(f64::from(most));
        self.at = now;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[derive(Debug)]
struct User {
    connections: usize,
    requests: Bucket,
    deploys: Bucket,
}

/// The counts of every user.
#[derive(Debug, Default)]
pub struct Quotas {
    users: BTreeMap<u32, User>,
    connections: usize,
}

/// Users that are remembered; those without a connection are forgotten beyond.
const USERS_KEPT: usize = 1024;

impl Quotas {
    /// Counts a connection in; [`Quotas::leave`] counts it out.
    ///
    /// # Errors
    /// What to answer instead.
    pub fn enter(&mut self, uid: u32, now: Instant) -> Result<(), Reply> {
        if self.connections >= CONNECTIONS_MAX {
            return Err(too_many("the daemon has", CONNECTIONS_MAX, "connections"));
        }
        if self.users.len() >= USERS_KEPT {
            self.users.retain(|_, user| user.connections > 0);
        }
        let user = self.users.entry(uid).or_insert_with(|| User {
            connections: 0,
            requests: Bucket::full(REQUESTS_BURST_MAX, now),
            deploys: Bucket::full(DEPLOYS_BURST_MAX, now),
        });
        if user.connections >= CONNECTIONS_PER_USER_MAX {
            let who = format!("user {uid} has");
            return Err(too_many(&who, CONNECTIONS_PER_USER_MAX, "connections"));
        }
        if !user.requests.take(REQUESTS_BURST_MAX, f64::from(REQUESTS_BURST_MAX) / 10.0, now) {
            let who = format!("user {uid} made");
            return Err(too_many(&who, REQUESTS_BURST_MAX as usize, "requests in ten seconds"));
        }
        user.connections += 1;
        self.connections += 1;
        Ok(())
    }

    /// Counts a connection out.
    pub fn leave(&mut self, uid: u32) {
        if let Some(user) = self.users.get_mut(&uid) {
            user.connections = user.connections.saturating_sub(1);
        }
        self.connections = self.connections.saturating_sub(1);
    }

    /// Counts a deployment.
    ///
    /// # Errors
    /// What to answer instead.
    pub fn deploy(&mut self, uid: u32, now: Instant) -> Result<(), Reply> {
        let user = self.users.get_mut(&uid);
        let per_second = f64::from(DEPLOYS_PER_SECOND);
        if user.is_none_or(|user| user.deploys.take(DEPLOYS_BURST_MAX, per_second, now)) {
            return Ok(());
        }
        Err(Reply::failed(
            FailureKind::Quota,
            format!(
                "user {uid} deploys too often: {DEPLOYS_PER_SECOND} a second are allowed, \
                 {DEPLOYS_BURST_MAX} at once: wait a second"
            ),
        ))
    }
}

fn too_many(who: &str, most: usize, what: &str) -> Reply {
    Reply::failed(FailureKind::Quota, format!("{who} {most} {what}, which is the most: wait"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn deployments_come_back_with_time() {
        let (mut quotas, start) = (Quotas::default(), Instant::now());
        quotas.enter(7, start).unwrap();
        for _ in 0..DEPLOYS_BURST_MAX {
            quotas.deploy(7, start).unwrap();
        }
        assert!(quotas.deploy(7, start).is_err());
        let later = start + Duration::from_secs(1);
        for _ in 0..DEPLOYS_PER_SECOND {
            quotas.deploy(7, later).unwrap();
        }
        assert!(quotas.deploy(7, later).is_err());
    }

    #[test]
    fn one_users_connections_leave_room_for_others() {
        let (mut quotas, now) = (Quotas::default(), Instant::now());
        for _ in 0..CONNECTIONS_PER_USER_MAX {
            quotas.enter(7, now).unwrap();
        }
        assert!(quotas.enter(7, now).is_err());
        quotas.enter(8, now).unwrap();
        quotas.leave(7);
        quotas.enter(7, now).unwrap();
    }

    #[test]
    fn requests_are_bounded_over_time() {
        let (mut quotas, now) = (Quotas::default(), Instant::now());
        for _ in 0..REQUESTS_BURST_MAX {
            quotas.enter(7, now).unwrap();
            quotas.leave(7);
        }
        assert!(quotas.enter(7, now).is_err());
        quotas.enter(7, now + Duration::from_secs(1)).unwrap();
    }
}
