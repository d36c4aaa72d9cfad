//! Maps by bytes: plain and per-CPU, whole values and stretches.

use crate::artifacts::{by_byte, map};
use syrup_load::testing::in_namespace;
use syrup_load::{LoadOptions, Loaded, Map, Update, load, possible_cpus};

fn loaded() -> Loaded {
    load(&by_byte(), &LoadOptions::default()).unwrap()
}

fn get(loaded: &Loaded, i: u32) -> &Map {
    loaded.maps[i as usize].as_ref().unwrap()
}

#[test]
fn entries_come_and_go() {
    in_namespace(|| {
        let loaded = loaded();
        let doing = get(&loaded, map::DOING);
        assert_eq!(doing.keys().unwrap(), Vec::<Vec<u8>>::new());
        for i in 0..16u32 {
            doing.update(&i.to_ne_bytes(), &[&u64::from(i).to_ne_bytes()], Update::Insert).unwrap();
        }
        let mut keys = doing.keys().unwrap();
        keys.sort();
        let mut wanted: Vec<Vec<u8>> = (0..16u32).map(|i| i.to_ne_bytes().to_vec()).collect();
        wanted.sort();
        assert_eq!(keys, wanted);
        let seven = 7u32.to_ne_bytes();
        assert_eq!(doing.lookup(&seven).unwrap().unwrap(), [7u64.to_ne_bytes()]);
        let again = doing.update(&seven, &[&[0; 8]], Update::Insert).unwrap_err();
        assert_eq!(again.raw_os_error(), Some(libc::EEXIST));
        assert!(doing.delete(&seven).unwrap());
        assert!(!doing.delete(&seven).unwrap());
        assert_eq!(doing.lookup(&seven).unwrap(), None);
        let gone = doing.update(&seven, &[&[0; 8]], Update::Replace).unwrap_err();
        assert_eq!(gone.raw_os_error(), Some(libc::ENOENT));
    });
}

#[test]
fn sizes_are_checked_before_the_kernel_reads() {
    in_namespace(|| {
        let loaded = loaded();
        let doing = get(&loaded, map::DOING);
        assert!(doing.lookup(&[0; 3]).is_err());
        assert!(doing.delete(&[0; 5]).is_err());
        assert!(doing.update(&[0; 4], &[&[0; 7]], Update::Any).is_err());
        assert!(doing.update(&[0; 4], &[&[0; 8], &[0; 8]], Update::Any).is_err());
        assert!(doing.update(&[0; 4], &[], Update::Any).is_err());
    });
}

#[test]
fn per_cpu_maps_have_a_value_a_cpu() {
    in_namespace(|| {
        let loaded = loaded();
        let counters = get(&loaded, map::COUNTERS);
        let n_cpus = possible_cpus().unwrap();
        assert_eq!(counters.values_per_entry(), n_cpus);
        let numbers: Vec<[u8; 8]> = (0..n_cpus as u64).map(|i| (i + 10).to_ne_bytes()).collect();
        let values: Vec<&[u8]> = numbers.iter().map(|number| number.as_slice()).collect();
        counters.update(&1u32.to_ne_bytes(), &values, Update::Any).unwrap();
        assert_eq!(counters.lookup(&1u32.to_ne_bytes()).unwrap().unwrap(), values);
        let zeros = vec![vec![0u8; 8]; n_cpus];
        assert_eq!(counters.lookup(&0u32.to_ne_bytes()).unwrap().unwrap(), zeros);
    });
}

#[test]
fn a_stretch_is_written_and_the_rest_is_left() {
    in_namespace(|| {
        // Mapped into memory, and read and written back.
        for flags in [1 << 10, 0] {
            let mut artifact = by_byte();
            artifact.maps[map::SETS as usize].flags = flags;
            artifact.maps[map::SETS as usize].initial = vec![0xaa; 20];
            let loaded = load(&artifact, &LoadOptions::default()).unwrap();
            let sets = get(&loaded, map::SETS);
            sets.write_range(3, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]).unwrap();
            let value = sets.lookup(&[0; 4]).unwrap().unwrap().remove(0);
            let mut wanted = vec![0xaa; 3];
            wanted.extend(1..=14);
            wanted.extend([0xaa; 3]);
            assert_eq!(value, wanted, "flags {flags}");
            assert!(sets.write_range(17, &[0; 4]).is_err());
            assert!(sets.write_range(usize::MAX, &[0; 4]).is_err());
        }
    });
}
