//! The macros of layercake: the text of a network, checked and turned into Rust.
//!
//! The stages of [`network!`](macro@network), each in its file: `parse` reads tokens into the `ast`; `norms` writes
//! out the option `norm`; `resolve` makes the `graph`: names become nodes, and arguments are checked against the table
//! of `kinds`; `fuse` decides which neighbours become one stage; `plan` gives values their memory; `expand` writes the
//! Rust. Shapes are not known here: the generated constants call the rules of `layercake::shape`.

mod ast;
mod case;
mod errors;
mod expand;
#[cfg(test)]
mod expansion_tests;
mod functions;
mod fuse;
mod graph;
mod kinds;
mod lists;
mod norms;
mod parameters;
mod parse;
mod plan;
mod resolve;
mod values;
mod words;

use proc_macro::TokenStream;

/// A neural network as text, checked and generated while the crate compiles.
///
/// ```ignore
/// network! {
///     /// Two hidden layers of 800 units.
///     pub struct Mlp < input(1, 28, 28) => dense(800, relu) => hidden: dense(800, relu) => dense(10, softmax) >
/// }
/// let net = network!(< input(4) => dense(3, softmax) >);
/// ```
///
/// The crate `layercake` documents the language where it exports this macro.
#[proc_macro]
pub fn network(tokens: TokenStream) -> TokenStream {
    generate(tokens.into()).into()
}

/// All stages: from the text to Rust, or to its errors.
fn generate(text: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let mut errors = errors::Errors::default();
    let generated = parse::network(text, &mut errors).and_then(|mut network| {
        norms::write_out(&mut network.body, &mut errors);
        let graph = resolve::resolve(&network.body, &mut errors);
        graph.filter(|_| errors.is_empty()).map(|graph| {
            let stages = fuse::stages(&graph);
            let plan = plan::plan(&graph, &stages);
            expand::expand(&network, &graph, &stages, &plan)
        })
    });
    errors.or(generated)
}

/// Implements `layercake::Parameters` for a struct over an element type and a device whose fields are parameters
/// or sets of them, in the fields' order.
#[proc_macro_derive(Parameters)]
pub fn derive_parameters(tokens: TokenStream) -> TokenStream {
    parameters::derive(tokens.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
