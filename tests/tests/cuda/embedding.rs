//! Numbers that are looked up.

use super::*;
use layercake_tests::training::words;

#[test]
fn embeddings() {
    network! { struct Words < let words = input(4, dtype = i32); words => embedding(7, 35, w = normal(1)) => dense(3, tanh) > }
    for device in devices::cuda() {
        for items in [1, 43] {
            let net = Words::<f64>::new(5);
            compare(&net, net.to(&device).unwrap(), &words((items, 4), 7), 1e-12);
            let net = Words::<f32>::new(5);
            compare(&net, net.to(&device).unwrap(), &words((items, 4), 7), 2e-5);
        }
    }
}

/// More places than a block sorts, and numbers of more than 8 bits, many of them alike.
#[test]
fn embeddings_of_many_words() {
    network! { struct Words < let words = input(9, dtype = i32); words => embedding(600, 3, w = normal(1)) => dense(3, tanh) > }
    for device in devices::cuda() {
        let mut numbers = words((61, 9), 600);
        numbers.slice_mut(ndarray::s![20..45, 2..]).fill(259);
        let net = Words::<f64>::new(5);
        compare(&net, net.to(&device).unwrap(), &numbers, 1e-12);
    }
}

#[test]
fn words_that_are_not_in_the_table_are_named() {
    network! { struct Words < let words = input(2, dtype = i32); words => embedding(7, 3) => dense(3, tanh) > }
    for device in devices::cuda() {
        let error = Words::<f32>::new(5).to(&device).unwrap().forward(&ndarray::array![[1, 7]]).unwrap_err();
        let on_cpu = Words::<f32>::new(5).forward(&ndarray::array![[1, 7]]).unwrap_err();
        assert_eq!(error, on_cpu);
    }
}
