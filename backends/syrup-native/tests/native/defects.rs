//! The tests of the tests: each wrong lowering is found.

use crate::common::{difference, options};
use crate::random::{checked, small_difference};
use crate::{expression, files, generate};
use syrup_native::{Chosen, Defect, Options};

/// Programs that may go by before a defect is found.
const PROGRAMS_MAX: u64 = 500;

/// As many of them are arithmetic only.
const SMALL: u64 = 24;

/// The first program on which a defect shows: the filetests, then arithmetic, then all the rest.
fn programs_to_catch(defect: Defect, scripts: &[(String, String, String)]) -> Option<u64> {
    let options = Options { defect: Chosen::new(defect), ..options() };
    let mut scripts = scripts.iter();
    (0..PROGRAMS_MAX).find(|&at| {
        if let Some((_, input, expected)) = scripts.next() {
            return files::difference(input, expected, options).is_some();
        }
        if at % 4 == 0 && at / 4 < SMALL {
            let policy = checked(expression::module(at / 4));
            let policy = policy.expect("a few blocks are no long path");
            return small_difference(&policy, options, at).is_some();
        }
        let policy = checked(generate::module(at));
        policy.is_some_and(|policy| difference(&policy, options, at, 12).is_some())
    })
}

#[test]
fn every_defect_is_caught() {
    let scripts = files::scripts();
    let catch = |&defect| (defect, programs_to_catch(defect, &scripts));
    let caught: Vec<_> = Defect::ALL.iter().map(catch).collect();
    for (defect, at) in &caught {
        println!("{defect:?}: {}", at.map_or("missed".to_owned(), |at| format!("program {at}")));
    }
    let missed: Vec<_> = caught.iter().filter(|(_, at)| at.is_none()).collect();
    assert!(missed.is_empty(), "missed: {missed:?}");
}
