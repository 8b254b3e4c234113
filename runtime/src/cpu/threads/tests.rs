use std::sync::Barrier;

use rayon::ThreadPoolBuilder;

use super::*;
use crate::cpu::pieces;

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn every_part_once_whatever_the_number_of_threads() {
    for threads in [1, 2, 3, 7] {
        on_threads(threads, || {
            for parts in [0, 1, 2, 3, 8, 1000] {
                let calls: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                for_each(parts, |part| {
                    calls[part].fetch_add(1, Relaxed);
                });
                assert!(calls.iter().all(|calls| calls.load(Relaxed) == 1), "{threads} {parts}");
            }
        });
    }
}

#[test]
fn many_short_loops_end() {
    on_threads(3, || {
        let sum = AtomicUsize::new(0);
        for _ in 0..20_000 {
            for_each(3, |part| {
                sum.fetch_add(part, Relaxed);
            });
        }
        assert_eq!(sum.load(Relaxed), 60_000);
    });
}

#[test]
fn loops_after_a_sleep_end() {
    on_threads(3, || {
        for _ in 0..20 {
            let sum = AtomicUsize::new(0);
            for_each(5, |part| {
                sum.fetch_add(part, Relaxed);
                thread::sleep(PATIENCE);
            });
            assert_eq!(sum.load(Relaxed), 10);
            thread::sleep(2 * PATIENCE);
        }
    });
}

#[test]
fn several_leaders_at_once_all_get_their_parts_done() {
    let leaders = 6;
    let barrier = Barrier::new(leaders);
    thread::scope(|scope| {
        for leader in 0..leaders {
            let barrier = &barrier;
            scope.spawn(move || {
                on_threads(2 + leader % 3, || {
                    barrier.wait();
                    for _ in 0..500 {
                        let mut values = vec![0; 100];
                        pieces::each(pieces::write(&mut values, 7), |number, piece| {
                            piece.fill(number + leader)
                        });
                        assert!(values.iter().enumerate().all(|(i, &value)| value == i / 7 + leader));
                    }
                });
            });
        }
    });
}

#[test]
fn loops_nest() {
    on_threads(2, || {
        let count = AtomicUsize::new(0);
        for_each(4, |_| {
            for_each(5, |_| {
                count.fetch_add(1, Relaxed);
            });
        });
        assert_eq!(count.load(Relaxed), 20);
    });
}

#[test]
fn a_panic_reaches_the_caller_and_the_team_goes_on() {
    on_threads(2, || {
        for part in [0, 7] {
            let result = catch_unwind(AssertUnwindSafe(|| {
                for_each(8, |number| {
                    thread::sleep(Duration::from_micros(100));
                    assert!(number != part, "part {number} fails");
                });
            }));
            let payload = result.unwrap_err();
            assert_eq!(*payload.downcast_ref::<String>().unwrap(), format!("part {part} fails"));
            let count = AtomicUsize::new(0);
            for_each(8, |_| {
                count.fetch_add(1, Relaxed);
            });
            assert_eq!(count.load(Relaxed), 8);
        }
    });
}

#[test]
fn mirrored_parts_are_all_parts_and_stay_with_their_thread() {
    for threads in [1, 2, 3, 7] {
        for parts in [1, 2, 5, 44] {
            let mirror: Vec<usize> = (0..parts).map(|part| mirrored(part, parts, threads)).collect();
            let back: Vec<usize> = mirror.iter().map(|&part| mirrored(part, parts, threads)).collect();
            assert_eq!(back, (0..parts).collect::<Vec<_>>());
            let last_of_first = own_range(0, threads.min(parts), parts)[1] - 1;
            assert_eq!((mirror[0], mirror[last_of_first]), (last_of_first, 0));
        }
    }
}
