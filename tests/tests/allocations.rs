//! Steps of training and inference allocate nothing once a batch as large has been seen: neither on the threads of the
//! pool that they run in, nor on the helpers among which the processor's loops are shared out.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use layercake::Arrays;
use layercake::cpu::gemm::{Epilogue, Threads, gemm};
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake_tests::networks::{
    AnyLength, Branching, Cnn, LargeImage, Mlp, Normalized, Pooled, Referring, Sequences, SmallImages, Wide,
};
use layercake_tests::training::{Squares, step, values, words};
use ndarray::{Array1, Array2, Array4};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The system's allocator, which counts what the threads of a [`CountedPool`] ask of it.
struct CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

thread_local! {
    /// Where this thread's allocations are counted, if they are.
    static COUNTER: Cell<Option<&'static AtomicUsize>> = const { Cell::new(None) };
}

fn count() {
    if let Some(counter) = COUNTER.get() {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every call goes on to the system's allocator as it came; counting neither allocates nor panics, since the
// thread's cell is constant-initialised and has no destructor.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Allocations of the helpers, which all pools share.
static OF_HELPERS: AtomicUsize = AtomicUsize::new(0);

/// One test at a time has the helpers, so that these count for it alone.
static HELPERS: Mutex<()> = Mutex::new(());

/// Has the helpers count their allocations: an epilogue runs on every thread that takes part in a product.
fn count_helpers() {
    struct Mark;

    impl Epilogue<f32> for Mark {
        fn apply(&self, _: usize, _: usize, _: &mut [f32]) {
            if COUNTER.get().is_none() {
                COUNTER.set(Some(&OF_HELPERS));
                MARKED.fetch_add(1, Ordering::Relaxed);
            } else if MARKED.load(Ordering::Relaxed) == 0 {
                // Until a helper has come.
                std::thread::yield_now();
            }
        }
    }

    static MARKED: AtomicUsize = AtomicUsize::new(0);
    let (a, mut c) = (Array2::<f32>::ones((256, 256)), Array2::<f32>::zeros((256, 256)));
    while MARKED.load(Ordering::Relaxed) == 0 {
        gemm(Threads::All, a.view(), a.view(), false, c.view_mut(), &Mark);
    }
}

/// A pool of threads with a counter of its own, so that neither other tests nor the test harness are counted.
///
/// All work runs inside the pool: its queue for work from outside allocates a block now and then.
struct CountedPool {
    pool: ThreadPool,
    allocations: &'static AtomicUsize,
}

impl CountedPool {
    fn new(threads: usize) -> Self {
        let allocations: &AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .start_handler(move |_| COUNTER.set(Some(allocations)))
            .build()
            .unwrap();
        CountedPool { pool, allocations }
    }

    /// Panics if `work`, on any thread of the pool, allocates.
    fn assert_none(&self, what: &str, mut work: impl FnMut()) {
        let before = self.allocations.load(Ordering::Relaxed);
        work();
        let found = self.allocations.load(Ordering::Relaxed) - before;
        assert_eq!(found, 0, "{what} allocated, on {} threads", self.pool.current_num_threads());
    }
}

/// Panics if `work` goes on to allocate on helpers. Each of them, too, keeps memory that it makes with its first
/// piece of some work, and when it gets one is chance; but that comes to an end.
fn assert_helpers_settle(what: &str, mut work: impl FnMut()) {
    const MOST: usize = 200;
    let mut without = 0;
    for _ in 0..MOST {
        let before = OF_HELPERS.load(Ordering::Relaxed);
        work();
        without = if OF_HELPERS.load(Ordering::Relaxed) == before { without + 1 } else { 0 };
        if without == 10 {
            return;
        }
    }
    panic!("{what} still allocated on helpers after {MOST} times");
}

/// Panics if a step of training or inference allocates after the first with a batch as large. The first of the
/// batches is the largest.
fn assert_steps_allocate_nothing<N>(batches: &[N::OwnedInputs])
where
    N: Network<Real = f32, Device = Cpu, Heads: Squares>,
    N::OwnedInputs: Sync,
{
    assert_steps_allocate_nothing_on::<N>(Cpu::default(), batches);
}

fn assert_steps_allocate_nothing_on<N>(device: Cpu, batches: &[N::OwnedInputs])
where
    N: Network<Real = f32, Device = Cpu, Heads: Squares>,
    N::OwnedInputs: Sync,
{
    let _helpers = HELPERS.lock().unwrap_or_else(PoisonError::into_inner);
    for threads in [1, 2] {
        let pool = CountedPool::new(threads);
        if threads > 1 {
            pool.pool.install(count_helpers);
        }
        // Each thread keeps memory of its own, made with its first piece of work, and in which step it gets one
        // is chance. So every thread first runs a step, of which the first pieces are its own.
        pool.pool.broadcast(|_| {
            let mut net = N::on(&device, 1);
            let mut training = net.training(1);
            step(&mut net, &mut training, &batches[0]);
            net.forward_with(&mut net.inference(), batches[0].views()).unwrap();
        });
        pool.pool.install(|| {
            let mut net = N::on(&device, 1);
            let (mut training, mut inference) = (net.training(1), net.inference());
            step(&mut net, &mut training, &batches[0]);
            net.forward_with(&mut inference, batches[0].views()).unwrap();
            for inputs in batches.iter().cycle().take(8 * batches.len()) {
                pool.assert_none("a step of training", || step(&mut net, &mut training, inputs));
                pool.assert_none("inference", || net.forward_with(&mut inference, inputs.views()).unwrap());
            }
            assert_helpers_settle("training and inference", || {
                for inputs in batches {
                    step(&mut net, &mut training, inputs);
                    net.forward_with(&mut inference, inputs.views()).unwrap();
                }
            });
        });
    }
}

#[test]
fn dense_layers_with_dropout() {
    assert_steps_allocate_nothing::<Mlp<f32>>(&[values((430, 50)), values((7, 50)), values((1, 50))]);
}

#[test]
fn wide_layers() {
    for precision in [Precision::F32, Precision::Bf16] {
        let device = Cpu::with_precision(precision);
        let batches = [values((430, 600)), values((20, 600)), values((7, 600)), values((1, 600))];
        assert_steps_allocate_nothing_on::<Wide<f32>>(device, &batches);
    }
}

#[test]
fn convolutions() {
    assert_steps_allocate_nothing::<Cnn<f32>>(&[
        values((19, 2, 14, 13)),
        values((8, 2, 14, 13)),
        values((1, 2, 14, 13)),
    ]);
}

#[test]
fn rounded_factors() {
    let device = Cpu::with_precision(Precision::Bf16);
    let (dense, images) =
        ([values((430, 50)), values((7, 50))], [values((19, 2, 14, 13)), values((8, 2, 14, 13))]);
    assert_steps_allocate_nothing_on::<Mlp<f32>>(device, &dense);
    assert_steps_allocate_nothing_on::<Cnn<f32>>(device, &images);
}

#[test]
fn normalizations_noise_and_fitted_merges() {
    assert_steps_allocate_nothing::<Normalized<f32>>(&[
        values((19, 3, 9, 8)),
        values((8, 3, 9, 8)),
        values((1, 3, 9, 8)),
    ]);
}

#[test]
fn a_convolution_that_threads_share() {
    assert_steps_allocate_nothing::<LargeImage<f32>>(&[values((1, 8, 24, 24))]);
}

#[test]
fn small_batches_that_are_computed_otherwise() {
    assert_steps_allocate_nothing::<SmallImages<f32>>(&[
        values((40, 16, 12, 12)),
        values((3, 16, 12, 12)),
        values((1, 16, 12, 12)),
    ]);
}

#[test]
fn pooling_and_axes() {
    assert_steps_allocate_nothing::<Pooled<f32>>(&[values((19, 2, 14, 12)), values((3, 2, 14, 12))]);
}

#[test]
fn recurrent_layers() {
    assert_steps_allocate_nothing::<Sequences<f32>>(&[
        (values((210, 6, 5)), values((210, 6))),
        (values((3, 6, 5)), values((3, 6))),
    ]);
}

/// Nor do shorter sequences after longer ones.
#[test]
fn sequences_of_any_length() {
    let batch = |items, length| (values((items, length, 5)), values((items, length)));
    assert_steps_allocate_nothing::<AnyLength<f32>>(&[
        batch(140, 9),
        batch(140, 4),
        batch(3, 9),
        batch(20, 1),
    ]);
}

#[test]
fn branches() {
    assert_steps_allocate_nothing::<Branching<f32>>(&[
        (values((21, 1, 9, 8)), values((21, 7))),
        (values((4, 1, 9, 8)), values((4, 7))),
    ]);
}

#[test]
fn layers_that_refer_to_others() {
    assert_steps_allocate_nothing::<Referring<f32>>(&[
        (words((21, 4), 50), values((21, 1, 10, 10))),
        (words((4, 4), 50), values((4, 1, 10, 10))),
    ]);
}

#[test]
fn a_trainer_with_all_it_offers_on_shuffled_minibatches() {
    let images: Array4<f32> = values((90, 2, 14, 13));
    let classes = Array1::from_shape_fn(90, |image| (image % 10) as u8);
    let trainer = || {
        Trainer::new(Cnn::new(1), CategoricalCrossentropy, adam(0.001))
            .penalty((L1(1e-5), L2(1e-4)))
            .max_gradient_norm(1.0)
            .max_norm(2.0)
    };
    let _helpers = HELPERS.lock().unwrap_or_else(PoisonError::into_inner);
    for threads in [1, 2] {
        let pool = CountedPool::new(threads);
        pool.pool.broadcast(|_| {
            let mut trainer = trainer();
            trainer.step(&images, &classes).unwrap();
            trainer.evaluate(&images, &classes).unwrap();
        });
        pool.pool.install(|| {
            let mut trainer = trainer();
            let mut batches = Minibatches::new(images.view(), classes.view(), 20).unwrap().shuffled(1, 0);
            let mut epoch = |number| {
                batches.restart(number);
                while let Some((images, classes)) = batches.next() {
                    trainer.step(images, classes).unwrap();
                    trainer.evaluate(images, classes).unwrap();
                }
            };
            epoch(0);
            pool.assert_none("an epoch", || (1..5).for_each(&mut epoch));
            assert_helpers_settle("an epoch", || epoch(5));
        });
    }
}

/// What a helper allocates counts: each product's epilogue here does so.
#[test]
fn an_allocation_of_a_helper_is_found() {
    struct Allocate;

    impl Epilogue<f32> for Allocate {
        fn apply(&self, _: usize, _: usize, values: &mut [f32]) {
            std::hint::black_box(values.to_vec());
        }
    }

    let _helpers = HELPERS.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = CountedPool::new(2);
    pool.pool.install(|| {
        count_helpers();
        let (a, mut c) = (Array2::<f32>::ones((256, 256)), Array2::<f32>::zeros((256, 256)));
        let before = OF_HELPERS.load(Ordering::Relaxed);
        // The helper takes part in most of them.
        for _ in 0..1000 {
            gemm(Threads::All, a.view(), a.view(), false, c.view_mut(), &Allocate);
            if OF_HELPERS.load(Ordering::Relaxed) > before {
                return;
            }
        }
        panic!("none of the helpers' allocations was counted");
    });
}

#[test]
fn an_allocation_is_found() {
    let pool = CountedPool::new(2);
    let count = || pool.allocations.load(Ordering::Relaxed);
    let found = pool.pool.install(|| {
        let before = count();
        std::hint::black_box(Box::new(1));
        count() - before
    });
    assert_eq!(found, 1);
}
