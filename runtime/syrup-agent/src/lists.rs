//! Lines of threads in memory that is there from the start.
//!
//! In: threads by their place in the engine's table. Out: who stands where. A thread is in one
//! line at most, so each needs one link in either direction; nothing is ever allocated.

/// No thread, or no line.
const NONE: u32 = u32::MAX;

/// Several lines over the same threads.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    next: Vec<u32>,
    prev: Vec<u32>,
    /// The line each thread is in.
    of: Vec<u32>,
    heads: Vec<u32>,
    tails: Vec<u32>,
    lens: Vec<u32>,
}

impl Lists {
    /// So many empty lines for so many threads.
    pub(crate) fn new(n_lists: usize, n_threads: usize) -> Lists {
        Lists {
            next: vec![NONE; n_threads],
            prev: vec![NONE; n_threads],
            of: vec![NONE; n_threads],
            heads: vec![NONE; n_lists],
            tails: vec![NONE; n_lists],
            lens: vec![0; n_lists],
        }
    }

    /// How many threads are in a line.
    pub(crate) fn len(&self, list: usize) -> u32 {
        self.lens[list]
    }

    /// The first thread of a line.
    pub(crate) fn head(&self, list: usize) -> Option<u32> {
        Some(self.heads[list]).filter(|thread| *thread != NONE)
    }

    /// The line a thread is in.
    pub(crate) fn of(&self, thread: u32) -> Option<usize> {
        Some(self.of[thread as usize]).filter(|list| *list != NONE).map(|list| list as usize)
    }

    /// The thread behind another.
    pub(crate) fn after(&self, thread: u32) -> Option<u32> {
        Some(self.next[thread as usize]).filter(|thread| *thread != NONE)
    }

    /// Puts a thread at the end; it is in no line before.
    pub(crate) fn push(&mut self, list: usize, thread: u32) {
        self.insert_behind(list, thread, |_| true);
    }

    /// Puts a thread behind the last one of a line for which this holds, or first.
    pub(crate) fn insert_behind(
        &mut self,
        list: usize,
        thread: u32,
        mut is_before: impl FnMut(u32) -> bool,
    ) {
        let mut at = self.tails[list];
        while at != NONE && !is_before(at) {
            at = self.prev[at as usize];
        }
        let next = if at == NONE { self.heads[list] } else { self.next[at as usize] };
        self.prev[thread as usize] = at;
        self.next[thread as usize] = next;
        self.of[thread as usize] = list as u32;
        match at {
            NONE => self.heads[list] = thread,
            at => self.next[at as usize] = thread,
        }
        match next {
            NONE => self.tails[list] = thread,
            next => self.prev[next as usize] = thread,
        }
        self.lens[list] += 1;
    }

    /// Takes a thread out of whatever line it is in.
    pub(crate) fn remove(&mut self, thread: u32) {
        let Some(list) = self.of(thread) else { return };
        let (prev, next) = (self.prev[thread as usize], self.next[thread as usize]);
        match prev {
            NONE => self.heads[list] = next,
            prev => self.next[prev as usize] = next,
        }
        match next {
            NONE => self.tails[list] = prev,
            next => self.prev[next as usize] = prev,
        }
        self.of[thread as usize] = NONE;
        self.lens[list] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Lists;

    fn line(lists: &Lists, list: usize) -> Vec<u32> {
        std::iter::successors(lists.head(list), |thread| lists.after(*thread)).collect()
    }

    #[test]
    fn threads_come_and_go() {
        let mut lists = Lists::new(2, 5);
        (0..3).for_each(|thread| lists.push(0, thread));
        lists.push(1, 4);
        lists.insert_behind(0, 3, |other| other == 0);
        assert_eq!((line(&lists, 0), lists.len(0)), (vec![0, 3, 1, 2], 4));
        lists.remove(0);
        lists.remove(2);
        lists.remove(2);
        assert_eq!((line(&lists, 0), lists.of(3), lists.of(2)), (vec![3, 1], Some(0), None));
        lists.insert_behind(0, 0, |_| false);
        lists.remove(1);
        lists.push(0, 2);
        assert_eq!((line(&lists, 0), line(&lists, 1)), (vec![0, 3, 2], vec![4]));
    }
}
