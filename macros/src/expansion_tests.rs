//! What `network!` writes is read by people: the expansions of small networks, formatted, as files to compare
//! with. `BLESS=1 cargo test -p layercake-macros` writes them anew.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

use crate::generate;

/// Compares the expansion of a text to `tests/expansion/<name>.rs`.
#[track_caller]
fn check(name: &str, text: TokenStream) {
    let file = syn::parse2(generate(text)).expect("the expansion is Rust");
    let found = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion").join(name).with_extension("rs");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &found).expect("the expansion can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = expected.lines().zip(found.lines()).position(|(expected, found)| expected != found);
    let line = differs.unwrap_or_else(|| expected.lines().count().min(found.lines().count()));
    assert!(
        expected == found,
        "{}:{}: expected `{}`, and the expansion now is `{}`; if that is meant, set BLESS=1",
        path.display(),
        line + 1,
        expected.lines().nth(line).unwrap_or("the end"),
        found.lines().nth(line).unwrap_or("the end"),
    );
}

#[test]
fn a_chain_with_fused_stages() {
    check(
        "mlp",
        quote! {
            /// Two layers.
            pub struct Mlp <
                input(1, 28, 28)
                => hidden: dense(800, relu)
                => dropout(0.5)
                => dense(CLASSES, softmax)
            >
        },
    );
}

#[test]
fn words_shared_parameters_and_an_inverse() {
    check(
        "words",
        quote! {
            struct Words <
                input(5, dtype = i32)
                => embedding(100, 8)
                => flatten
                => first: dense(40, tanh)
                => dense(40, share = first)
                => inverse(first)
            >
        },
    );
}

#[test]
fn chains_in_braces_and_sequences_of_any_length() {
    check(
        "sequences",
        quote! {
            struct Sequences <
                let x = input(2..=100, 3);
                let marks = input(2..=100);
                x
                => custom_recurrent(
                    input_to_hidden = { dense(40, linear) },
                    hidden_to_hidden = { dense(20, tanh) => dense(40, linear, b = none) },
                    mask = marks
                )
                => dense(10, softmax, num_leading_axes = 2)
            >
        },
    );
}

#[test]
fn a_merge_and_an_own_layer() {
    check(
        "residual",
        quote! {
            struct Residual <
                let x = input(20, batch = 16);
                let inner = x => own::Scaled { factor: 2.0 } => dense(20, relu);
                add(x, inner) => flatten => dropout
            >
        },
    );
}

#[test]
fn a_normalization_folded_into_the_layer_before_it() {
    check(
        "normalized",
        quote! {
            struct Normalized <
                input(3, 8, 8) => conv2d(4, 3, relu, norm = batch_norm) => dense(10, softmax)
            >
        },
    );
}
